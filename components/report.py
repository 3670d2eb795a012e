"""Write the report of a candidate."""

from kfp.dsl import HTML, Dataset, Input, Model, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def report(
    candidate: Input[Model],
    forecasts: Input[Dataset],
    scores: Input[Dataset],
    quarantine: Input[Dataset],
    moved: Input[Dataset],
    verdict: Input[Dataset],
    page: Output[HTML],
) -> None:
    """Write the report of a candidate as one page.

    Args:
        candidate: The candidate.
        forecasts: Its forecasts of the held-out months.
        scores: Its scores on them.
        quarantine: Every cell refused or repaired.
        moved: The drift since the champion, as JSON.
        verdict: The verdict of the gate, as JSON.
        page: The report as one HTML page without references to the network.
    """
    from milkprice.steps import validation as candidacy

    candidacy.report(
        candidate.path, forecasts.path, scores.path, quarantine.path, moved.path, verdict.path,
        page.path,
    )  # fmt: skip
