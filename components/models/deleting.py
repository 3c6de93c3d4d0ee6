"""The tab "How do I get rid of it?": what deleting frees, in two steps, or why it is not done."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.amounts import size
from components.error_box import show_error
from components.i18n import _, message_of, remedy_of
from components.models import keys, link
from components.models.acting import act
from loupe.checkpoints.inventory import Entry, deleting
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import EngineError, LoupeError
from loupe.runs.needing import Need, is_based_on, refuse_while_busy, who_needs


def draw_deleting(entry: Entry) -> None:
    """Nothing is deleted before the second click."""
    reason = deleting.why_not_deletable(entry.ref)
    if reason is not None:
        st.text(f"{message_of(reason)} {remedy_of(reason)}")
        return
    try:
        _refuse_in_use(entry.ref)
        said = _what_goes(entry.ref)
    except LoupeError as error:
        show_error(error, key=keys.DELETION)
        return
    with st.container(gap="xxsmall"):
        for line in said:
            st.text(line)
    _say_who_needs(who_needs(entry.ref, resources.runs()))
    with st.popover(_("Delete"), icon=":material/delete:", key=keys.DELETION):
        st.text(said[0])
        st.text(_("This cannot be undone."))
        st.button(
            _("Delete for good"),
            key=f"{keys.PAGE}_delete",
            type="primary",
            on_click=_delete,
            args=(entry.ref,),
        )


def _what_goes(ref: CheckpointRef) -> list[str]:
    """What would be removed, the freed space first. Raises as `plan_deletion`."""
    if ref.kind is Kind.RUN:
        freed = resources.run_size(ref.id)
        return [
            _("Deleting the run “{name}” with all its saved steps frees {size}.").format(
                name=ref.id, size=size(freed)
            )
        ]
    planned = deleting.plan_deletion(ref, resources.places())
    lines = [
        _("Deleting “{name}” frees {size}.").format(name=ref.label, size=size(planned.freed_bytes))
    ]
    if planned.others:
        lines.append(
            _(
                "The cache keeps {count} more revisions of it; what they share with it stays."
            ).format(count=planned.others)
        )
    elif len(planned.revisions) > 1:
        lines.append(
            _("All {count} revisions in the cache go.").format(count=len(planned.revisions))
        )
    if planned.converted:
        lines.append(_("The safetensors that were made of its pickle go with it."))
    lines.append(
        _("The cache belongs to all tools that use the model hub: they would miss it too.")
    )
    return lines


def _say_who_needs(need: Need) -> None:
    if need.adapters:
        st.text(
            _("These runs are changes to it and could not be used any more: {names}").format(
                names=", ".join(need.adapters)
            )
        )


def _refuse_in_use(ref: CheckpointRef) -> None:
    """Raises EngineError where it is in memory or being downloaded, RunIsBusy where a run trains
    from it."""
    refuse_while_busy(ref, resources.runs())
    places = resources.places()
    for summary in resources.pool().loaded():
        if _is_of(summary.ref, ref) or is_based_on(summary.ref, ref, places):
            raise EngineError(
                "“{name}” is in memory.",
                "Unload it first, in the tab before.",
                name=summary.ref.label,
            )
    for download in resources.suppliers().downloads.active():
        if isinstance(download.ref, CheckpointRef) and _is_of(download.ref, ref):
            raise EngineError(
                "“{name}” is being downloaded.", "Cancel the download first.", name=ref.label
            )


def _is_of(one: CheckpointRef, ref: CheckpointRef) -> bool:
    return (one.kind, one.id) == (ref.kind, ref.id)


def _delete(ref: CheckpointRef) -> None:
    def do() -> str:
        # Looked at again: it may have been loaded since the tab was drawn.
        _refuse_in_use(ref)
        if ref.kind is Kind.RUN:
            freed = resources.runs().delete(ref.id)
        else:
            freed = deleting.delete(ref, resources.places())
        link.forget()
        return _("“{name}” is deleted; {size} are free again.").format(
            name=ref.label, size=size(freed)
        )

    act(do)
