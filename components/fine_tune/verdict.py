"""What the pre-flight measured: a word, four numbers, and all of them on request."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from components import row_table
from components.fine_tune import keys
from components.fine_tune.notes import draw_findings
from components.i18n import _
from components.numbers import percent
from loupe.training.preflight import Example, Finding, PreflightReport

_GIB = 1024**3
_VERDICTS = {
    "go": (":green[:material/check_circle:]", "It can start."),
    "warn": (":orange[:material/warning:]", "It can start; look at this first."),
    "stop": (":red[:material/error:]", "It cannot start like this."),
}
_TOKENS_SHOWN = 64
# So much over the time that was wished is worth a word.
_LATE = 1.1


def draw_verdict(report: PreflightReport, rest: tuple[Finding, ...]) -> None:
    """rest: findings that stand beside no box."""
    icon, words = _VERDICTS[report.verdict]
    elapsed = report.elapsed_s
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(icon, width="content")
        said = _(words)
        if elapsed is not None:
            said += " " + _("Checked in {seconds} s.").format(seconds=f"{elapsed:.1f}")
        st.text(said)
    draw_findings(rest, key="report")
    _draw_four(report)
    numbers = list(_numbers(report))
    if numbers:
        with st.expander(_("All numbers"), icon=":material/numbers:", key=f"{keys.PAGE}_numbers"):
            _draw_table(numbers)
            if report.fitted:
                st.caption(_("Of the run before it was shortened."))
    if report.shown:
        with st.expander(
            _("What the model gets"), icon=":material/visibility:", key=f"{keys.PAGE}_examples"
        ):
            _draw_examples(report.shown)


def _draw_four(report: PreflightReport) -> None:
    if report.eta_s is None:
        return
    places = st.columns(4)
    whole_s = report.fitted_eta_s or report.eta_s
    places[0].metric(_("Time in all"), duration(whole_s))
    if report.peak_bytes is not None:
        places[1].metric(
            _("Memory"), _("{size} GiB").format(size=f"{report.peak_bytes / _GIB:.2f}")
        )
    if report.step_s is not None:
        places[2].metric(_("A step"), _("{seconds} s").format(seconds=f"{report.step_s:.2g}"))
    if report.trainable_parameters is not None:
        places[3].metric(_("Weights that learn"), millions(report.trainable_parameters))
    if report.fitted:
        said = _("All of it would take {time}, so it was shortened.")
        if report.fit_time_s is not None and whole_s > _LATE * report.fit_time_s:
            said = _(
                "All of it would take {time}; the shortest that learns anything is longer too."
            )
        st.text(said.format(time=duration(report.eta_s)))
    price = st.session_state.get(keys.PRICE)
    if price:
        st.text(
            _("At {price} an hour it costs {cost}.").format(
                price=f"{price:g}", cost=f"{price * whole_s / 3600:.2f}"
            )
        )


def _numbers(report: PreflightReport) -> Iterator[tuple[str, str]]:
    """(what, how much), translated."""
    yield from _of_rows(report)
    yield from _of_time(report)
    yield from _of_memory(report)


def _of_rows(report: PreflightReport) -> Iterator[tuple[str, str]]:
    if report.train_rows is not None:
        held = f"{report.validation_rows or 0:,}"
        yield _("Rows: training, held out"), f"{report.train_rows:,}, {held}"
    if report.examples is not None:
        yield _("Examples a pass"), f"{report.examples:,}"
    if report.labels:
        listed = [f"{name}: {count:,}" for name, count in report.labels.items()]
        more = len(listed) - 12
        yield _("Labels"), ", ".join(listed[:12]) + (f" + {more}" if more > 0 else "")
    if report.mean_tokens is not None:
        yield (
            _("Tokens of an example: mean, longest"),
            f"{report.mean_tokens:.1f}, {report.longest_tokens:,}",
        )
    if report.unknown_share is not None:
        yield _("Tokens that the vocabulary does not have"), percent(report.unknown_share)
    if report.truncated_share is not None:
        yield _("Examples that lose an end"), percent(report.truncated_share)


def _of_time(report: PreflightReport) -> Iterator[tuple[str, str]]:
    if report.total_steps is not None:
        yield (
            _("Steps: in all, an epoch"),
            f"{report.total_steps:,}, {report.steps_per_epoch or 0:,}",
        )
    if report.start_s is not None:
        yield _("Until the first step"), duration(report.start_s)
    if report.longest_step_s is not None:
        yield _("A step at the longest batch"), f"{report.longest_step_s:.2g} s"
    if report.evaluation_s is not None:
        yield (
            _("Evaluations, each"),
            f"{report.evaluations or 0}, {duration(report.evaluation_s)}",
        )
    if report.flops_per_step is not None:
        yield (
            _("Operations (FLOPs): a step, in all"),
            f"{report.flops_per_step:.2e}, {report.flops_total or 0:.2e}",
        )


def _of_memory(report: PreflightReport) -> Iterator[tuple[str, str]]:
    if report.parameters is not None:
        yield (
            _("Weights: in all, that learn"),
            (f"{report.parameters:,}, {report.trainable_parameters or 0:,}"),
        )
    if report.device is not None:
        kind = "bfloat16" if report.bf16 else "float32"
        yield _("Computes on, in"), f"{report.device}, {kind}"
    if report.free_bytes is not None:
        yield (
            _("Memory: needed, free, of models on other pages"),
            ", ".join(
                f"{(size or 0) / _GIB:.2f} GiB"
                for size in (report.peak_bytes, report.free_bytes, report.models_bytes)
            ),
        )
    if report.disk_needed_bytes is not None:
        yield (
            _("Disk: needed, free"),
            f"{report.disk_needed_bytes / _GIB:.2f} GiB, "
            f"{(report.disk_free_bytes or 0) / _GIB:.1f} GiB",
        )
    if report.batch is not None:
        yield (
            _("Batch that fits, batches a step"),
            f"{report.batch}, {report.accumulation or 1}",
        )


def _draw_table(numbers: list[tuple[str, str]]) -> None:
    rows = [
        row_table.Row(i, tuple(row_table.Cell(text, len(text)) for text in pair))
        for i, pair in enumerate(numbers)
    ]
    _table([_("What"), _("How much")], rows, "numbers_table")


def _draw_examples(shown: tuple[Example, ...]) -> None:
    """Tokens one by one; those that the model is judged at are marked."""
    rows = []
    for i, example in enumerate(shown):
        tokens = example.tokens[:_TOKENS_SHOWN]
        text, hits = " ".join(tokens), []
        if not all(example.carries_loss):
            start = 0
            for token, judged in zip(tokens, example.carries_loss, strict=False):
                if judged:
                    hits.append((start, start + len(token)))
                start += len(token) + 1
        more = "" if len(tokens) == len(example.tokens) else " …"
        target = " ".join(example.target)
        rows.append(
            row_table.Row(
                i,
                (
                    row_table.Cell(text + more, len(text + more), hits=tuple(hits)),
                    row_table.Cell(target, len(target)),
                ),
            )
        )
    _table([_("Tokens"), _("What it is to answer")], rows, "examples_table")
    if any(example.carries_loss for example in shown):
        st.caption(_("Marked: the tokens at which the model is judged."))


def _table(names: list[str], rows: list[row_table.Row], key: str) -> None:
    row_table.row_table(
        [row_table.Column(name, False) for name in names],
        rows,
        key=f"{keys.PAGE}_{key}",
        labels={name: _(text) for name, text in row_table.LABELS.items()},
        whole=True,
    )


def duration(seconds: float) -> str:
    """`45 s`, `2:10 min`, `3:05 h`."""
    if seconds < 90:
        return _("{seconds} s").format(seconds=f"{seconds:.0f}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _("{time} min").format(time=f"{minutes}:{rest:02d}")
    hours, minutes = divmod(minutes, 60)
    return _("{time} h").format(time=f"{hours:,}:{minutes:02d}")


def millions(count: int) -> str:
    """`10.4 M`, `84,000`."""
    if count < 1_000_000:
        return f"{count:,}"
    return _("{count} M").format(count=f"{count / 1e6:,.1f}")
