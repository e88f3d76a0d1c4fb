"""Makes the tiny model of the job: a random Llama, its tokenizer trained on the seeds that ship, and a chat template.

It knows nothing and writes word soup. So that its replies end, and a closing quotation mark comes up, some tokens are
made likelier: all embeddings share one direction, which the residual stream carries to the output, where the rows of
these tokens point along it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VOCABULARY = 2048
CONTEXT = 8192
HIDDEN = 192
LAYERS = 4
HEADS = 6
WEIGHTS_SEED = 8
LAYER_SPREAD = 0.08  # of the layers' weights: how much a token depends on more than the one before it
OUTPUT_SPREAD = 0.15  # of the output's weights: how unlike the tokens' likelihoods are
SHARED = 0.6  # length of the direction that all embeddings share, relative to what is each token's own
END = "<|im_end|>"
# Added to a token's logit, about: a reply has some dozens of tokens, and some scores pass.
BOOSTS = {END: 3.0, '"': 2.5, "8": 0.4, "9": 0.4}

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", END)
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_model(folder: Path, seeds: Path) -> int:
    """Write the model into `folder`; return its number of parameters."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = _train_tokenizer(seeds)
    torch.manual_seed(WEIGHTS_SEED)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=4 * HIDDEN, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=HEADS, max_position_embeddings=CONTEXT,
        tie_word_embeddings=False, bos_token_id=None, eos_token_id=tokenizer.convert_tokens_to_ids(END),
        initializer_range=LAYER_SPREAD,
        pad_token_id=tokenizer.convert_tokens_to_ids(SPECIAL_TOKENS[0]), dtype="bfloat16",
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        _favour(model, {tokenizer.convert_tokens_to_ids(token): boost for token, boost in BOOSTS.items()})
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return int(sum(parameter.numel() for parameter in model.parameters()))


def _favour(model: Any, boosts: dict[int, float]) -> None:
    import torch

    direction = torch.nn.functional.normalize(torch.randn(HIDDEN), dim=0)
    model.model.embed_tokens.weight.normal_().add_(SHARED * HIDDEN**0.5 * direction)
    states = model.model(torch.randint(VOCABULARY, (1, 256))).last_hidden_state
    projection = float((states @ direction).mean())
    rows = model.lm_head.weight.normal_(0.0, OUTPUT_SPREAD)
    rows.sub_((rows @ direction)[:, None] * direction)
    for token, boost in boosts.items():
        rows[token] += boost / projection * direction


def train_bpe(seeds: Path) -> Any:
    """Return a tokenizer trained on the seeds that ship."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=list(SPECIAL_TOKENS), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_read_texts(seeds), trainer)
    return tokenizer


def _train_tokenizer(seeds: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    fast = PreTrainedTokenizerFast(
        tokenizer_object=train_bpe(seeds), eos_token=END, pad_token=SPECIAL_TOKENS[0], model_max_length=CONTEXT
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def _read_texts(seeds: Path) -> Iterator[str]:
    for path in sorted(seeds.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield "\n".join(row.get(name, "") for name in ("instruction", "input", "response"))
