"""Which hub is asked for datasets: the settings of checkpoints, and one variable more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from loupe.checkpoints.hub import HubSettings

OFFLINE_VARIABLE = "HF_DATASETS_OFFLINE"
_TRUE = {"1", "ON", "YES", "TRUE"}


def dataset_settings(environment: Mapping[str, str], cache: Path) -> HubSettings:
    """As `HubSettings.from_environment`; HF_DATASETS_OFFLINE, where it is set, decides.

    Raises InvalidInput where HF_ENDPOINT is not an address.
    Source: datasets, `config.HF_HUB_OFFLINE`.
    """
    settings = HubSettings.from_environment(environment, cache)
    said = environment.get(OFFLINE_VARIABLE)
    return settings if said is None else replace(settings, offline=said.upper() in _TRUE)
