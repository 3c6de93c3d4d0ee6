"""The tab "How is it built?": the architecture in words, and where its parameters are."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components import resources
from components.amounts import count
from components.awaited import awaited
from components.figures.horizontal_bars import COLOURS
from components.figures.parameter_bars import LABELS, PartBar, parameter_bars
from components.i18n import _
from components.models import keys
from components.theme import current_theme
from loupe.checkpoints.anatomy import Anatomy, dissect, largest_parts
from loupe.checkpoints.architecture import Architecture
from loupe.checkpoints.inventory import Entry
from loupe.checkpoints.inventory.glance import stamp_of
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.engine import Ticket
from loupe.errors import LoupeError

PARTS_MAX = 10
TIED_SHOWN = 4
LABELS_SHOWN = 12
FAMILIES = {
    "AutoModelForMaskedLM": "an encoder that fills masks: every token sees all others",
    "AutoModelForCausalLM": "a decoder that continues texts: every token sees those before it",
    "AutoModelForSeq2SeqLM": "an encoder and a decoder that turn one text into another",
    "AutoModelForSequenceClassification": "an encoder with a head that labels whole texts",
    "AutoModelForTokenClassification": "an encoder with a head that labels each token",
}
_NO_HEAD = "a model without a head that Loupe can use: it gives vectors, and no words or labels"


def anatomy_of(entry: Entry, folder: Path) -> Anatomy | None:
    """The model taken apart; None while that is under way or where it cannot be, which is drawn."""

    places = resources.places()

    def work(_ticket: Ticket[Anatomy]) -> Anatomy:
        return dissect(folder, entry.ref.label, _whole_weights(entry.ref, places))

    # The condition too: a conversion leaves the folder as it was.
    asked = (str(entry.ref), entry.condition, stamp_of(folder))
    return awaited(keys.ANATOMY, asked, work, lambda _progress: _("Building it without weights…"))


def _whole_weights(ref: CheckpointRef, places: Places) -> Path | None:
    """The folder of an adapter's base, or of what was converted; None where they are not here."""
    try:
        return resolve(ref, places).parts[-1].folder
    except LoupeError:  # said elsewhere on the page
        return None


def draw_build(entry: Entry, folder: Path) -> None:
    """Facts as sentences, then the bars. No weight is read for it."""
    found = anatomy_of(entry, folder)
    if found is None:
        return
    with st.container(gap="xxsmall"):
        for line in architecture_lines(found):
            st.text(line)
        _draw_labels(found.architecture)
    st.markdown(f"**{_('Where its parameters are')}**")
    st.text(_in_all(found))
    parts = largest_parts(found.modules, PARTS_MAX)
    st.plotly_chart(
        parameter_bars(
            [PartBar(p.name, p.parameters, p.layers, count(p.parameters)) for p in parts],
            colours=COLOURS[current_theme()],
            labels={name: _(text) for name, text in LABELS.items()},
        ),
        key=f"{keys.PAGE}_parts",
        config={"displayModeBar": False},
    )
    st.caption(_("A star stands for the number of a layer: all layers of a stack are one bar."))
    _draw_tied(found)


def architecture_lines(found: Anatomy) -> list[str]:
    """What a configuration says, as sentences in this session's language."""
    built = found.architecture
    family = FAMILIES.get(found.auto_class or "", _NO_HEAD)
    lines = [
        _("Architecture {name} ({class_name}): {family}.").format(
            name=built.model_type, class_name=built.class_name, family=_(family)
        )
    ]
    lines += _size_lines(built)
    lines.append(_context_line(built))
    lines.append(_tied_line(found))
    if found.stored is not None:
        lines.append(_("Its files hold {dtype}.").format(dtype=found.stored))
    return lines


def _tied_line(found: Anatomy) -> str:
    """The names of what is tied stand below the bars."""
    if not found.tied:
        return _("No weights are shared: every one is used in one place.")
    if found.is_output_tied:
        return _("Input and output share one table of vectors (tied weights).")
    if found.architecture.decoder_layers is not None:
        return _("Encoder and decoder share one table of vectors (tied weights).")
    return _("Some weights are used in two places (tied weights); they are named below.")


def _size_lines(built: Architecture) -> list[str]:
    lines = []
    if built.layers is not None:
        lines.append(_layers(built))
    if built.width is not None:
        words = _("Each token is a vector of {width} numbers").format(width=f"{built.width:,}")
        if built.inner_width is not None:
            words += ", " + _("widened to {width} inside of each layer").format(
                width=f"{built.inner_width:,}"
            )
        lines.append(f"{words}.")
    if built.heads is not None:
        words = _("{count} attention heads a layer").format(count=built.heads)
        if built.key_value_heads is not None:
            words += ", " + _("which share {count} sets of keys and values").format(
                count=built.key_value_heads
            )
        lines.append(f"{words}.")
    if built.vocabulary is not None:
        lines.append(_("Its vocabulary has {count} tokens.").format(count=f"{built.vocabulary:,}"))
    return lines


def _layers(built: Architecture) -> str:
    if built.decoder_layers is not None:
        return _("{layers} layers in the encoder, {decoder} in the decoder.").format(
            layers=built.layers, decoder=built.decoder_layers
        )
    if built.groups is not None and built.layers is not None and built.groups < built.layers:
        return _("{layers} layers, which share {groups} set of weights.").format(
            layers=built.layers, groups=built.groups
        )
    return _("{layers} layers.").format(layers=built.layers)


def _context_line(built: Architecture) -> str:
    if built.context_tokens is None:
        return _("Nothing in its configuration bounds the length of a text.")
    return _("It reads {count} tokens at once, special ones included.").format(
        count=f"{built.context_tokens:,}"
    )


def _draw_labels(built: Architecture) -> None:
    if not built.labels:
        return
    shown = ", ".join(built.labels[:LABELS_SHOWN])
    more = len(built.labels) - LABELS_SHOWN
    said = _("{count} labels: {labels}").format(count=len(built.labels), labels=shown)
    st.text(said + (" …" if more > 0 else ""))


def _in_all(found: Anatomy) -> str:
    said = _("{count} parameters in all").format(count=f"{found.parameters:,}")
    if found.adapter_parameters is not None:
        said += ", " + _("with {count} of the adapter’s own merged in").format(
            count=f"{found.adapter_parameters:,}"
        )
    return said + "."


def _draw_tied(found: Anatomy) -> None:
    if not found.tied:
        return
    st.caption(_("Used in two places, and counted once:"))
    rows = [f"{kept} = {other}" for kept, other in found.tied]
    st.code("\n".join(rows[:TIED_SHOWN]), language=None, wrap_lines=True)
