"""Writes a tiny random Llama as GGUF, with a tokenizer trained on the seeds that ship, and a chat template.

The same kind of model as the one of the vLLM job, made without torch: it knows nothing and writes word soup. Its layers
add next to nothing to the embeddings, which share one direction; the output's rows of some tokens point along it, so that
replies end, and closing quotation marks come up.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (names of tensors and fields)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.vllm_job.tiny_model import BOOSTS, CHAT_TEMPLATE, CONTEXT, END, SPECIAL_TOKENS, train_bpe

HIDDEN = 128
LAYERS = 2
HEADS = 4
INNER = 256
WEIGHTS_SEED = 8
LAYER_SPREAD = 0.01
OUTPUT_SPREAD = 0.15
SHARED = 0.6
NORMAL, CONTROL = 1, 3  # types of tokens
# This server does not hold a number to its range: so that some scores are within it, a closing brace is made likely, and
# tokens of several digits all but impossible. Added to the logits, about.
BRACE = 4.0
LONG_NUMBER = -8.0
SPACE = "\u0120"  # how a byte-level vocabulary writes one


def make_gguf(path: Path, seeds: Path) -> int:
    """Write the model; return its number of parameters."""
    import gguf
    import numpy

    tokenizer = train_bpe(seeds)
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    tensors = _make_tensors(numpy.random.default_rng(WEIGHTS_SEED), dict(vocabulary))
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(vocabulary))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    _write_tokenizer(writer, tokenizer, vocabulary)
    for name, values in tensors.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sum(int(values.size) for values in tensors.values())


def _write_tokenizer(writer: Any, tokenizer: Any, vocabulary: list[tuple[str, int]]) -> None:
    import json

    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([token for token, _ in vocabulary])
    writer.add_token_types([CONTROL if token in SPECIAL_TOKENS else NORMAL for token, _ in vocabulary])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_eos_token_id(dict(vocabulary)[END])
    writer.add_pad_token_id(dict(vocabulary)[SPECIAL_TOKENS[0]])
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _make_tensors(rng: Any, vocabulary: dict[str, int]) -> dict[str, Any]:
    import numpy

    def draw(*shape: int, spread: float = LAYER_SPREAD) -> Any:
        return rng.normal(0.0, spread, shape).astype(numpy.float32)

    direction = rng.normal(size=HIDDEN)
    direction = (direction / numpy.linalg.norm(direction)).astype(numpy.float32)
    output = draw(len(vocabulary), HIDDEN, spread=OUTPUT_SPREAD)
    output -= (output @ direction)[:, None] * direction
    projection = HIDDEN**0.5 * SHARED / (1 + SHARED**2) ** 0.5  # of a normalised embedding onto the shared direction
    digits = {token: token.lstrip(SPACE) for token in vocabulary}
    long_numbers = {token: LONG_NUMBER for token, number in digits.items() if number.isdecimal() and len(number) > 1}
    for token, boost in (BOOSTS | long_numbers | {"}": BRACE}).items():
        output[vocabulary[token]] += numpy.float32(boost / projection) * direction
    ones = numpy.ones(HIDDEN, dtype=numpy.float32)
    tensors = {
        "token_embd.weight": draw(len(vocabulary), HIDDEN, spread=1.0) + numpy.float32(SHARED * HIDDEN**0.5) * direction,
        "output_norm.weight": ones, "output.weight": output,
    }  # fmt: skip
    for number in range(LAYERS):
        layer = {"attn_norm": ones, "ffn_norm": ones, "ffn_down": draw(HIDDEN, INNER)}
        layer |= {name: draw(HIDDEN, HIDDEN) for name in ("attn_q", "attn_k", "attn_v", "attn_output")}
        layer |= {name: draw(INNER, HIDDEN) for name in ("ffn_gate", "ffn_up")}
        tensors |= {f"blk.{number}.{name}.weight": values for name, values in layer.items()}
    return tensors
