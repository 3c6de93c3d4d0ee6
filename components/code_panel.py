"""The script that reproduces what a page shows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components import resources
from components.i18n import _
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.snippets import Origin


def draw_code(
    ref: CheckpointRef,
    write: Callable[[Origin], str],
    *,
    file_name: str,
    key: str,
    found: ResolvedCheckpoint | None = None,
    needs: str | None = None,
) -> None:
    """The script to read, to copy and to keep. write: makes it, told where the checkpoint lies.

    found: where that is, if it is known. needs: what is said above, translated, where the script
    needs something else than a model does. Raises what `resolve` raises.
    """
    # Once for all that is asked about it: looking it up reads all of its weights.
    found = resources.resolved(ref) if found is None else found
    script = write(_origin(ref, found))
    st.caption(
        needs
        if needs is not None
        else _("A plain script that needs only torch, transformers and peft:")
        if found.base is not None
        else _("A plain script that needs only torch and transformers:")
    )
    st.code(script, language="python")
    st.download_button(
        _("Download the script"),
        script,
        file_name=file_name,
        mime="text/x-python",
        key=f"{key}_download_code",
        on_click="ignore",
        icon=":material/download:",
    )


def _origin(ref: CheckpointRef, found: ResolvedCheckpoint) -> Origin:
    """Where the script finds it; by its folder what the hub has not, or only as a pickle."""
    if found.base is not None:
        return Origin(ref, str(found.folder), str(found.base.folder))
    on_hub = ref.kind is Kind.HUB and found.folder.is_relative_to(resources.places().hub_cache)
    return Origin(ref, None if on_hub else str(found.folder))
