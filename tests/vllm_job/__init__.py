"""The job that tests the real vLLM without a GPU: `python -m tests.vllm_job`, in an environment of its own."""
