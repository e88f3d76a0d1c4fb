"""The job that tests a real llama.cpp server: `python -m tests.llama_job`, in an environment of its own."""
