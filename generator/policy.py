"""The policy: plain configuration that turns measurements into a decision, with its reason. It measures nothing."""

from __future__ import annotations

from generator.settings.policy import PolicyConfig
from generator.types import Candidate, Example, Outcome, Verdict


class Policy:
    """Accepts what the critic's overall score lets pass."""

    def __init__(self, config: PolicyConfig) -> None:
        self._config = config

    def decide(self, candidate: Candidate, example: Example, verdict: Verdict) -> Outcome:
        """Return the outcome at the critic's stage; the scores go into the record either way."""
        scores = {f"critic.{name}": score for name, score in verdict.scores.items()} | {
            "critic.overall": verdict.overall
        }
        if verdict.overall < self._config.critic_overall:
            evidence = {
                "scores": scores, "threshold": self._config.critic_overall,
                "explanations": dict(verdict.explanations), "response": example.response,
            }  # fmt: skip
            return Outcome("rejected", "critic", "below_threshold", candidate, evidence=evidence)
        accepted = example.model_copy(update={"scores": dict(example.scores) | scores})
        return Outcome("accepted", "critic", "", candidate, accepted)
