"""The job that tests the real vLLM on a machine without a GPU: `python -m tests.vllm_job`, in an environment of its own."""
