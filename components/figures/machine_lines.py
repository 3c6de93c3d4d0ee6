"""What the process of a run took of the machine: memory and load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from components.colours import Theme
from components.figures.curves import Curve, curves
from loupe.runs.progress import MachinePoint

GIB = 1024**3
HEIGHT_PX = 200
# The process that goes on after a stop is another: no line joins the two.
_GAP_S = 120.0

LABELS: Mapping[str, str] = {
    "minutes": "minutes since the run began",
    "memory": "memory, GiB",
    "load": "load, % (one core is 100)",
    "process": "memory of the process",
    "gpu_memory": "memory of the GPU",
    "cpu": "CPU",
    "gpu": "GPU",
}
"""The figure's words, in English."""


def memory_lines(
    points: Sequence[MachinePoint],
    began_s: float,
    *,
    theme: Theme,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """GiB over minutes since `began_s` (since 1970); the GPU's only where there is one."""
    x = _minutes(points, began_s)
    lines = [Curve(labels["process"], x, _gaps(points, [_gib(p.rss_bytes) for p in points]))]
    if any(point.gpu_bytes is not None for point in points):
        used = [_gib(point.gpu_bytes) for point in points]
        lines.append(Curve(labels["gpu_memory"], x, _gaps(points, used)))
    return _figure(lines, labels["minutes"], labels["memory"], theme)


def load_lines(
    points: Sequence[MachinePoint],
    began_s: float,
    *,
    theme: Theme,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """Per cent over minutes: of one core, and of the GPU where there is one."""
    x = _minutes(points, began_s)
    lines = [Curve(labels["cpu"], x, _gaps(points, [point.cpu_percent for point in points]))]
    if any(point.gpu_percent is not None for point in points):
        lines.append(Curve(labels["gpu"], x, _gaps(points, [p.gpu_percent for p in points])))
    return _figure(lines, labels["minutes"], labels["load"], theme)


def _figure(lines: Sequence[Curve], x_title: str, y_title: str, theme: Theme) -> go.Figure:
    figure = curves(lines, x_title=x_title, y_title=y_title, theme=theme, height_px=HEIGHT_PX)
    figure.update_layout(yaxis_rangemode="tozero")
    return figure


def _minutes(points: Sequence[MachinePoint], began_s: float) -> list[float]:
    return [(point.time_s - began_s) / 60 for point in points]


def _gib(count: int | None) -> float | None:
    return None if count is None else count / GIB


def _gaps(points: Sequence[MachinePoint], values: Sequence[float | None]) -> list[float | None]:
    """The values, without the first after a long silence: the line breaks there."""
    return [
        None if i and point.time_s - points[i - 1].time_s > _GAP_S else value
        for i, (point, value) in enumerate(zip(points, values, strict=True))
    ]
