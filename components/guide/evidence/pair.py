"""The committed runs: the same 200 rows from a pretrained start and from scratch, and one run that
learns its rows by heart. run.yaml and events lie in samples/runs, weights do not.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache

import streamlit as st

from components import resources
from components.error_box import show_error
from components.figures.curves import Curve, curves
from components.guide import keys
from components.i18n import _
from components.numbers import percent
from components.theme import current_theme
from loupe.errors import LoupeError
from loupe.runs.progress import Progress, ProgressReader
from loupe.training.run_folder import RunFolder
from loupe.training.spec import RunSpec

FOLDER = resources.SAMPLES / "runs"
SAMPLE = "topics"
PRETRAINED, SCRATCH, BY_HEART = "pretrained-start", "from-scratch", "by-heart"
_NAMES = {PRETRAINED: "pretrained start", SCRATCH: "from scratch"}
METRIC = "accuracy"
_NO_BAR = {"displayModeBar": False}


@lru_cache(maxsize=3)
def progress_of(name: str) -> Progress:
    """What the run's files say."""
    return ProgressReader(RunFolder(FOLDER / name)).read()


def spec_of(name: str) -> RunSpec:
    """What made it."""
    return RunSpec.read(FOLDER / name / "run.yaml")


def best(name: str) -> float:
    """The best share of held-out rows that were judged rightly."""
    return max(point.metrics[METRIC] for point in progress_of(name).evaluations)


def pair(key: str) -> None:
    """Draws both curves, what came of it, and the button that trains both again."""
    names = (PRETRAINED, SCRATCH)
    st.plotly_chart(
        curves(
            [
                Curve(
                    _(_NAMES[name]),
                    [point.step for point in progress_of(name).evaluations],
                    [point.metrics[METRIC] for point in progress_of(name).evaluations],
                    kind=kind,
                )
                for kind, name in enumerate(names)
            ],
            x_title=_("step"),
            y_title=_("accuracy, held out"),
            theme=current_theme(),
        ),
        key=key,
        config=_NO_BAR,
        alt=_("Lines: accuracy on held-out rows over the steps of both runs"),
    )
    ready = progress_of(PRETRAINED).ready
    assert ready is not None
    st.text(
        _(
            "{rows} labelled rows, judged on {held} others: {pretrained} from the pretrained "
            "start, {scratch} from scratch."
        ).format(
            rows=ready.train_rows,
            held=ready.validation_rows,
            pretrained=percent(best(PRETRAINED)),
            scratch=percent(best(SCRATCH)),
        )
    )
    _draw_again(key, names)


def _draw_again(key: str, names: Sequence[str]) -> None:
    st.session_state.setdefault(keys.TOKEN, uuid.uuid4().hex)
    st.button(
        _("Train both again, on this machine"),
        key=f"{key}_again",
        icon=":material/replay:",
        help=_("Puts two runs into the queue, as their run.yaml here say; some minutes on a CPU."),
        on_click=_submit,
        args=(tuple(names),),
    )
    error = st.session_state.get(keys.STARTED)
    if isinstance(error, LoupeError):
        show_error(error, key=f"{key}_again_error")
    elif error:
        st.page_link(
            "pages/runs.py",
            label=_("Watch the two runs"),
            icon=":material/monitoring:",
            query_params={"compare": ",".join(error)},
        )


def _submit(names: Sequence[str]) -> None:
    token = st.session_state[keys.TOKEN]
    try:
        st.session_state[keys.STARTED] = tuple(
            resources.runs().submit(spec_of(name), token=f"{token} {name}") for name in names
        )
    except LoupeError as error:
        # With the same token the next click does not queue again what is in the queue by now.
        st.session_state[keys.STARTED] = error
        return
    st.session_state[keys.TOKEN] = uuid.uuid4().hex


def overfitting(key: str) -> None:
    """Draws how the losses part where few rows are seen again and again."""
    progress = progress_of(BY_HEART)
    st.plotly_chart(
        curves(
            [
                Curve(
                    _("rows that train"),
                    [point.step for point in progress.losses],
                    [point.loss_nats for point in progress.losses],
                ),
                Curve(
                    _("rows held out"),
                    [point.step for point in progress.evaluations],
                    [point.metrics["loss_nats"] for point in progress.evaluations],
                ),
            ],
            x_title=_("step"),
            y_title=_("loss (nats)"),
            theme=current_theme(),
        ),
        key=key,
        config=_NO_BAR,
        alt=_("Lines: the loss of training and of held-out rows over the steps"),
    )
    spec = spec_of(BY_HEART)
    st.caption(
        _("A committed run: {rows} rows of the sample “{sample}”, each seen {count} times.").format(
            rows=spec.data.max_train_rows,
            sample="sentiment",
            count=f"{spec.args.num_train_epochs:g}",
        )
    )


def clipping(key: str) -> None:
    """Draws the norm of a run's gradients, and how often it was clipped."""
    progress, most = progress_of(BY_HEART), spec_of(BY_HEART).args.max_grad_norm
    points = [point for point in progress.losses if point.grad_norm is not None]
    steps = [point.step for point in points]
    st.plotly_chart(
        curves(
            [
                Curve(_("norm of the gradient"), steps, [point.grad_norm for point in points]),
                Curve(_("clipped above"), [steps[0], steps[-1]], [most, most]),
            ],
            x_title=_("step"),
            y_title=_("norm"),
            theme=current_theme(),
        ),
        key=key,
        config=_NO_BAR,
        alt=_("Lines: the gradient's norm over the steps, and the norm that is allowed"),
    )
    clipped = sum((point.grad_norm or 0.0) > most for point in points)
    st.caption(
        _(
            "A committed run, the one below too: {clipped} of {total} steps on record were clipped."
        ).format(clipped=clipped, total=len(points))
    )
