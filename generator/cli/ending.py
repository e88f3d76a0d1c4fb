"""What a person sees when a run has ended: its funnel, what it took, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.cli.console import say, say_error, show, show_json
from generator.errors import ConfigError
from generator.funnel import NO_OPERATOR
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from generator.types import Outcome

FAILED, BAD_INPUT = 1, 2  # exit statuses, as `docs` and the error tree have them


def say_outcome(outcome: Outcome) -> None:
    """Say how one candidate ended."""
    candidate = outcome.candidate
    how = outcome.status if outcome.status == "accepted" else f"{outcome.status} at {outcome.stage}: {outcome.reason}"
    say(f"{candidate.id} {candidate.lineage.operator} round {candidate.lineage.round}: {how}")


def report_ending(run: Run, folder: RunFolder, ending: Ending, *, as_json: bool) -> None:
    """Show what a run came to. Raises `ConfigError` where the input was wrong."""
    if ending.exit_status == BAD_INPUT:  # nothing was spent, and no folder is left to tell of
        raise ConfigError(ending.reason or "the run could not begin.")
    if ending.reason:
        (say_error if ending.exit_status == FAILED else say)(ending.reason)
    if as_json:
        show_json({"folder": str(folder.path), **folder.read_funnel(), "exit_status": ending.exit_status})
    else:
        show("\n".join(describe_funnel(run, folder, ending)))


def describe_funnel(run: Run, folder: RunFolder, ending: Ending) -> list[str]:
    """Return the funnel as lines for a person: at each stage, passed = came - what is listed behind it."""
    counts = run.funnel.describe()
    lines = [f"{ending.state}: {counts['accepted']} accepted of {counts['total']} candidates → {folder.dataset}"]
    for stage, row in counts["by_stage"].items():
        kinds = ("rejected", "failed", "review")
        lost = [f"{reason} {count}" for kind in kinds for reason, count in row.get(kind, {}).items()]
        if lost:
            lines.append(f"  {stage:<20} {row['entered']:>6} came, {row['passed']:>6} passed; not: {', '.join(lost)}")
    for name, lengths in run.funnel.contaminated.items():
        shared = ", ".join(f"{count} share {length} words" for length, count in lengths.items())
        lines.append(f"  benchmark {name}: {shared}")
    spent = run.meter.describe()
    made = {name: row for name, row in counts["by_operator"].items() if name != NO_OPERATOR}
    for name, row in made.items():
        took = describe_yield(spent["by_operator_spent"].get(name, {}))
        lines.append(f"  {name:<20} {row['candidates']:>6} made, {row['accepted']:>6} accepted{took}")
    lines.append(f"  {describe_spending(spent)}")
    if critic := spent["by_kind"].get("critic"):
        lines.append(f"  of that the critic: {describe_critic(critic)}")
    if counts.get("review"):
        lines.append(f"  {counts['review']} wait for a person: {folder.review}")
    if counts["total"] > counts["accepted"]:
        lines.append(f"  what was not accepted: {folder.rejects}; one record's story: seedbed why {folder.path} ID")
    return lines


def describe_yield(took: Mapping[str, Any]) -> str:
    """Return what an operator's records took, the run's earlier calls included; nothing where it asked nobody."""
    if not took or not took["calls"]:
        return ""
    parts = [f"{took['calls']} calls"]
    if took["cost_usd"]:
        parts.append(f"{took['cost_usd']:.4f} USD, {took['critic_cost_usd']:.4f} of it the critic's")
    if took["cost_usd_per_accepted"]:
        parts.append(f"{took['cost_usd_per_accepted']:.5f} USD an accepted record")
    return f"; {', '.join(parts)}"


def describe_critic(spent: Mapping[str, Any]) -> str:
    """Return what judging took in one line."""
    known = spent["prompt_tokens"] is not None
    told = (
        f"{spent['prompt_tokens']} prompt + {spent['completion_tokens']} completion tokens"
        if known
        else "tokens unknown"
    )
    cost = "cost unknown" if spent["cost_usd"] is None else f"{spent['cost_usd']:.4f} USD"
    return f"{spent['calls']} calls; {told}; {cost}"


def describe_spending(spent: Mapping[str, Any]) -> str:
    """Return calls, tokens and cost in one line; what is not known is said to be unknown."""
    calls, tokens, cost = spent["calls"], spent["tokens"], spent["cost_usd"]
    parts = [f"calls: {calls['answered']} answered"]
    parts += [
        f"{calls[name]} {said}"
        for name, said in (("failed", "failed"), ("cached", "from the journal"), ("in_vain", "in vain"))
        if calls[name]
    ]
    known = tokens["prompt"] is not None and tokens["completion"] is not None
    told = f"{tokens['prompt']} prompt + {tokens['completion']} completion tokens" if known else "tokens unknown"
    return f"{', '.join(parts)}; {told}; {'cost unknown' if cost is None else f'{cost:.4f} USD'}"
