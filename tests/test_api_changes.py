"""The studied changes of the API, one by one: what kerasfix does about each. Skipped where the study is not at hand."""

import csv
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHANGES = next(
    (
        place
        for place in (folder / "shared/facts/api_changes.csv" for folder in ROOT.parents)
        if place.is_file()
    ),
    None,
)
SILENT = {
    # attributes of which code cannot be seen to expect anything
    "Bidirectional.constraints", "Bidirectional.updates", "Layer.dynamic", "Layer.input_mask", "Layer.output_mask",
    "Layer.regularizers", "Layer.stateful", "Layer.updates", "Metric.non_trainable_weights",
    "Metric.trainable_weights", "Model.constraints", "Model.flattened_layers", "Model.model", "Model.regularizers",
    "Model.state_updates", "Model.training_data", "Model.updates", "Model.uses_learning_phase",
    "Model.validation_data", "Model.zero_grad", "Wrapper.updates", "Metric.reset_states",
}  # fmt: skip
"""Changes about which kerasfix says nothing, though code could use the old thing."""


def _outcomes() -> list[tuple[str, str, str]]:
    """For each row: the old thing, whether rewriting it is safe, and what kerasfix does about it."""
    spec = importlib.util.spec_from_file_location("api_changes", ROOT / "benchmarks/api_changes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert CHANGES is not None
    with CHANGES.open(encoding="utf-8", newline="") as file:
        return [
            (row["old"], row["safe_to_rewrite"], module.outcome(row["old"])) for row in csv.DictReader(file)
        ]


@pytest.mark.slow
@pytest.mark.skipif(CHANGES is None, reason="shared/facts/api_changes.csv is not at hand")
def test_every_change_is_told_of() -> None:
    outcomes = _outcomes()
    assert len(outcomes) == 1325
    assert {old for old, _, outcome in outcomes if outcome == "silent"} <= SILENT
    told = [outcome for _, safe, outcome in outcomes if safe != "report only" and outcome != "out of reach"]
    assert sum(outcome == "fixed" for outcome in told) >= 510
    assert sum(outcome == "out of reach" for _, _, outcome in outcomes) <= 140
