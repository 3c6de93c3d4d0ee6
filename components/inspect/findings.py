"""The tab "What is wrong with it?": all checks over all rows, what they found, how to mend it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.awaited import awaited
from components.dataset import recipe_state
from components.dataset.lens import ROLE_NAMES, Lens
from components.i18n import _, phrase
from components.inspect import keys, state, tabs
from components.inspect.some_rows import draw_pairs, draw_some_rows, first_places
from components.inspect.state import Ids
from components.plain_label import plain_label
from loupe.data.checks import CHECKS, Finding, Severity, run_checks
from loupe.data.lens import LENSES
from loupe.data.opened import OpenedDataset, Split
from loupe.data.spec import Role
from loupe.engine import Ticket
from loupe.engine.ticket import Progress

ICONS = {
    Severity.ERROR: ":red[:material/error:]",
    Severity.WARNING: ":orange[:material/warning:]",
    Severity.NOTE: ":blue[:material/info:]",
}
_EXAMPLES = 10
_LABEL_CHARACTERS = 200
_KEY = keys.PAGE + "_findings"


def draw_findings(opened: OpenedDataset, _split: Split, lens: Lens) -> None:
    """The worst first; of the checks that found nothing only their names."""
    if not lens.roles:
        st.text(_("No column has a role yet. Choose above which column is the text."))
        return
    found = _found(opened, lens)
    if found is None:
        return
    order = list(Severity)
    found = sorted(found, key=lambda finding: order.index(finding.severity))
    rows = sum(split.rows for split in opened.splits)
    if not found:
        st.markdown(f":green[:material/check_circle:] **{_('No check found anything.')}**")
    else:
        st.caption(
            _("{count} findings in {rows} rows of all splits, the worst first.").format(
                count=len(found), rows=f"{rows:,}"
            )
        )
    for number, finding in enumerate(found):
        _draw(opened, lens, finding, number)
    _draw_others(opened, lens, {finding.check for finding in found})


def _found(opened: OpenedDataset, lens: Lens) -> list[Finding] | None:
    roles = dict(lens.roles)

    def look(ticket: Ticket[list[Finding]]) -> list[Finding]:
        return run_checks(
            {split.name: split.dataset for split in opened.splits},
            roles,
            progress=ticket.report,
            cancelled=ticket.cancelled.is_set,
        )

    asked = (opened.fingerprint, lens.id, tuple(sorted(roles.items())))
    return awaited(_KEY, asked, look, _in_words)


def _in_words(progress: Progress) -> str:
    return _("Check {number} of {total}: {title}").format(
        number=progress.done + 1, total=progress.total, title=_(progress.unit)
    )


def _draw(opened: OpenedDataset, lens: Lens, finding: Finding, number: int) -> None:
    check = CHECKS[finding.check]
    key = f"{_KEY}_{number}"
    with st.container(border=True, key=key):
        st.markdown(f"{ICONS[finding.severity]} **{_(check.title)}**")
        st.text(phrase(finding.message))
        with st.container(horizontal=True):
            _draw_fix(opened, finding, key)
            several = len(finding.rows) > 1
            for place, (name, ids) in enumerate(finding.rows.items()):
                label = _("Show {count} in {split}") if several else _("Show {count} rows")
                st.button(
                    plain_label(label.format(count=f"{len(ids):,}", split=name)),
                    key=f"{key}_show_{place}",
                    icon=":material/table_rows:",
                    on_click=show_rows,
                    args=(name, _(check.title), ids),
                )
        examples = st.expander(
            _("Why it matters, and examples"),
            # The worst is seen at once; what is folded costs nothing.
            expanded=number == 0,
            key=f"{key}_examples_{opened.fingerprint}",
            on_change="rerun",
        )
        if examples.open:
            with examples:
                st.text(_(check.explanation))
                _draw_examples(opened, lens, finding, key)


def _draw_fix(opened: OpenedDataset, finding: Finding, key: str) -> None:
    if finding.fix is None:
        return
    index = recipe_state.place_of(opened.fingerprint, finding.fix)
    if index is None:
        st.button(
            plain_label(
                _("Add to the recipe: {step}").format(step=phrase(finding.fix.title())),
                _LABEL_CHARACTERS,
            ),
            key=f"{key}_fix",
            icon=":material/add:",
            type="primary",
            wrap=True,
            on_click=recipe_state.add,
            args=(opened.fingerprint, finding.fix),
        )
        return
    with st.container(
        horizontal=True, vertical_alignment="center", width="content", key=f"{key}_in"
    ):
        st.markdown(
            f":green[:material/check:] {_('In the recipe, as step {number}')}".format(
                number=index + 1
            ),
            width="content",
        )
        st.button(
            _("Take it out"),
            key=f"{key}_unfix",
            icon=":material/undo:",
            on_click=recipe_state.remove,
            args=(opened.fingerprint, index),
        )


def _draw_examples(opened: OpenedDataset, lens: Lens, finding: Finding, key: str) -> None:
    if finding.pairs:
        pairs = finding.pairs[:_EXAMPLES]
        columns = list(dict.fromkeys(lens.roles.values()))
        _say_how_many(len(pairs), len(finding.pairs))
        draw_pairs(opened, pairs, columns, key=f"{key}_pairs")
        return
    places = first_places(dict(finding.rows), _EXAMPLES)
    if places:
        _say_how_many(len(places), finding.count)
        draw_some_rows(opened, places, key=f"{key}_rows")


def _say_how_many(shown: int, count: int) -> None:
    if shown < count:
        st.caption(_("The first {shown}:").format(shown=shown))


def show_rows(split: str, name: str, ids: Ids) -> None:
    """Open the first tab with these rows alone; for use inside a callback."""
    st.session_state[keys.SPLIT] = split
    state.forget_view()
    st.session_state[keys.FIND] = ""
    state.show_all()
    state.show_rows(name, ids)
    tabs.go_to("rows")


def _draw_others(opened: OpenedDataset, lens: Lens, found: set[str]) -> None:
    splits = {split.name: split.dataset for split in opened.splits}
    quiet = [
        _(check.title)
        for name, check in CHECKS.items()
        if name not in found and check.applies(splits, lens.roles)
    ]
    skipped = _skipped(lens)
    for role, titles in skipped.items():
        st.text(
            _("Choose above which column is “{role}” for these checks too: {names}.").format(
                role=_(ROLE_NAMES[role]), names=", ".join(_(title) for title in titles)
            )
        )
    unfit = [
        _(check.title)
        for check in CHECKS.values()
        if not check.applies(splits, lens.roles)
        and not any(check.title in titles for titles in skipped.values())
    ]
    if not quiet and not unfit:
        return
    with st.expander(_("{count} checks found nothing").format(count=len(quiet))):
        if quiet:
            st.text(", ".join(quiet) + ".")
        if unfit:
            st.caption(_("Not for data of this kind: {names}.").format(names=", ".join(unfit)))


def _skipped(lens: Lens) -> Mapping[Role, list[str]]:
    """A role that the lens has and no column to the titles of the checks that want it."""
    found: dict[Role, list[str]] = {}
    missing = [role for role in LENSES[lens.id] if role not in lens.roles]
    complete = {**lens.roles, **dict.fromkeys(missing, "")}
    for check in CHECKS.values():
        if check.applies({}, complete) and not check.applies({}, lens.roles):
            role = next(role for role in missing if role in (*check.needs, *check.needs_one_of))
            found.setdefault(role, []).append(check.title)
    return found
