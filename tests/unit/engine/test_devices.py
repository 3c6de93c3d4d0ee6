"""Which device is chosen, and the sentence that says why no GPU is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch

from loupe.engine.devices import (
    GIB,
    MODELS_SHARE_OF_GPU,
    MODELS_SHARE_OF_RAM,
    HardwareReport,
    choose_dtype,
    inspect_hardware,
)
from loupe.errors import EngineError, InvalidInput


@dataclass(frozen=True)
class Machine:
    """A machine made up for a test."""

    build: bool = True
    driver: bool = True
    error: str | None = None
    gpu: tuple[int, int] = (20 * GIB, 24 * GIB)
    bfloat16: bool = True
    mps: bool = False

    def torch_version(self) -> str:
        return "2.13.0+cpu"

    def cuda_build(self) -> bool:
        return self.build

    def driver_present(self) -> bool:
        return self.driver

    def cuda_error(self) -> str | None:
        return self.error

    def cuda_name(self) -> str:
        return "Test GPU"

    def cuda_memory(self) -> tuple[int, int]:
        assert self.error is None, "must not be asked of a GPU that did not start"
        return self.gpu

    def cuda_bfloat16(self) -> bool:
        return self.bfloat16

    def mps_available(self) -> bool:
        return self.mps

    def ram(self) -> tuple[int, int]:
        return 8 * GIB, 16 * GIB

    def cpu_name(self) -> str:
        return "AVX512"

    def cores(self) -> int:
        return 4

    def threads(self) -> int:
        return 3


def test_a_working_gpu_is_taken_and_no_reason_is_given():
    report = inspect_hardware("auto", Machine())
    assert (report.device, report.name, report.reason) == ("cuda", "Test GPU", None)
    assert (report.memory_free_bytes, report.memory_total_bytes) == (20 * GIB, 24 * GIB)
    assert (report.ram_available_bytes, report.cores, report.threads) == (8 * GIB, 4, 3)
    assert report.models_budget_bytes == int(20 * GIB * MODELS_SHARE_OF_GPU)


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine(build=False, driver=False), "No GPU driver was found"),
        (Machine(driver=False, error="Found no NVIDIA driver"), "No GPU driver was found"),
        (Machine(build=False), "torch (2.13.0+cpu) is built for the CPU only"),
        (Machine(error="The NVIDIA driver is too old (found 11040)"), "too old (found 11040)"),
        (Machine(gpu=(GIB // 2, 24 * GIB)), "Test GPU has 0.5 GiB free; 1.0 GiB are needed"),
    ],
)
def test_without_a_usable_gpu_the_cpu_computes_and_the_reason_says_why(machine, words):
    report = inspect_hardware("auto", machine)
    assert report.device == "cpu"
    assert words in str(report.reason)
    assert "{" not in str(report.reason)
    assert (report.name, report.memory_free_bytes) == ("AVX512", 8 * GIB)
    assert report.models_budget_bytes == int(8 * GIB * MODELS_SHARE_OF_RAM)


def test_apples_gpu_is_taken_where_there_is_no_cuda():
    machine = Machine(build=False, driver=False, mps=True)
    assert inspect_hardware("auto", machine).device == "mps"
    assert inspect_hardware("mps", machine).reason is None
    assert inspect_hardware("cpu", machine).device == "cpu"


def test_a_chosen_device_is_used_or_refused_but_never_replaced():
    assert "chosen in the settings" in str(inspect_hardware("cpu", Machine()).reason)
    full = Machine(gpu=(0, 24 * GIB))
    assert inspect_hardware("cuda", full).device == "cuda"
    for wanted in ("cuda", "mps"):
        with pytest.raises(EngineError) as caught:
            inspect_hardware(wanted, Machine(build=False, driver=False))
        assert wanted in str(caught.value)
        assert "{" not in str(caught.value)
    with pytest.raises(InvalidInput):
        inspect_hardware("tpu", Machine())


def test_the_machine_this_runs_on_is_described():
    report = inspect_hardware()
    assert report.device in {"cuda", "mps", "cpu"}
    assert (report.reason is None) == (report.device != "cpu")
    assert 0 < report.ram_available_bytes <= report.ram_total_bytes
    assert 0 < report.models_budget_bytes < report.memory_total_bytes
    assert report.threads == torch.get_num_threads()


def test_auto_is_float32_on_the_cpu_and_the_checkpoints_own_on_a_gpu():
    cpu: HardwareReport = inspect_hardware("cpu", Machine())
    gpu = inspect_hardware("cuda", Machine())
    for stored in (torch.float32, torch.bfloat16, torch.float16):
        assert choose_dtype("auto", cpu, stored) == torch.float32
        assert choose_dtype("auto", gpu, stored) == stored
    for unusual in (None, torch.float64):
        assert choose_dtype("auto", gpu, unusual) == torch.float32
    old = replace(gpu, supports_bfloat16=False)
    assert choose_dtype("auto", old, torch.bfloat16) == torch.float32
    assert choose_dtype("bfloat16", cpu) == torch.bfloat16
    with pytest.raises(InvalidInput):
        choose_dtype("int4", cpu)
