"""The batch pipeline as a compiled file, run here by Kubeflow's own local runner."""

import pytest
import yaml

from pipelines.compiled import compile_pipeline
from pipelines.local import run_local
from tests.support.batches import expected, predictions, publish_rows, table, write_parquet


@pytest.fixture
def compiled(tmp_path):
    return compile_pipeline("batch_predict", tmp_path / "build")


def test_shards_run_side_by_side(compiled):
    spec = next(yaml.safe_load_all(compiled.path.read_text()))
    loops = [task for task in spec["root"]["dag"]["tasks"].values() if "iteratorPolicy" in task]
    (loop,) = loops
    assert loop["iteratorPolicy"]["parallelismLimit"] > 1
    assert {"input", "output", "registry", "model", "version", "keep", "rows_per_shard"} <= set(
        compiled.parameters
    )


@pytest.mark.slow
def test_run_here_predicts_every_row_and_again_only_one_new_file(compiled, tmp_path):
    publish_rows(tmp_path / "registry")
    write_parquet(table(250), tmp_path / "in" / "a.parquet")

    def run_here():
        steps = []
        done = run_local(
            compiled.path,
            {
                "input": str(tmp_path / "in"),
                "output": str(tmp_path / "out"),
                "registry": str(tmp_path / "registry"),
                "keep": "region",
                "rows_per_shard": 100,
            },
            root=tmp_path / "runs",
            announce=lambda step, state: steps.append((step, state)),
        )
        return done, steps.count(("predict-shard", "RUNNING"))

    done, ran = run_here()
    (place,) = (tmp_path / "out").iterdir()
    assert ran == 3
    assert predictions(place)["prediction"].tolist() == expected(table(250))
    summary = (done.folder / "collect-shards" / "summary").read_text("utf-8")
    assert "| 3 | 250 | 250 | 0 | 0 |" in summary
    write_parquet(table(20, seed=1), tmp_path / "in" / "b.parquet")
    _, ran = run_here()
    assert ran == 1
    assert len(predictions(place)) == 270
