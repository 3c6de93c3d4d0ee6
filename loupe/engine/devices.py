"""Which device computes, in which dtype, and why no GPU does."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil
import torch

from loupe.engine.threads import available_cores
from loupe.errors import EngineError, InvalidInput, Phrase

DEVICES = ("auto", "cuda", "mps", "cpu")
DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
GIB = 1024**3
# A GPU with less than this free cannot hold a small model and its activations.
GPU_FREE_MIN_BYTES = 1 * GIB
# The rest is for activations, other programs and the pages themselves.
MODELS_SHARE_OF_RAM = 0.6
MODELS_SHARE_OF_GPU = 0.8


NO_DRIVER = "No GPU driver was found on this machine."
CPU_BUILD = "A GPU driver is there, but the installed torch ({version}) is built for the CPU only."
INIT_FAILED = "The GPU could not be started: {error}"
TOO_LITTLE_MEMORY = "The GPU {name} has {free_gib:.1f} GiB free; {wanted_gib:.1f} GiB are needed."
CHOSEN = "The CPU was chosen in the settings."


@dataclass(frozen=True, slots=True)
class HardwareReport:
    """What computes, and with how much memory.

    device: "cuda", "mps" or "cpu". name: the GPU's, or the CPU's architecture.
    memory_*: of the device; on a CPU, and where GPU and CPU share it, the machine's own.
    reason: why it is the CPU; None on an accelerator.
    """

    device: str
    name: str
    memory_total_bytes: int
    memory_free_bytes: int
    ram_total_bytes: int
    ram_available_bytes: int
    reason: Phrase | None
    cores: int
    threads: int
    supports_bfloat16: bool = True

    @property
    def models_budget_bytes(self) -> int:
        """How much of the device's free memory loaded models may take together."""
        share = MODELS_SHARE_OF_GPU if self.device == "cuda" else MODELS_SHARE_OF_RAM
        return int(self.memory_free_bytes * share)


class Probes(Protocol):
    """The questions asked of the machine."""

    def torch_version(self) -> str: ...
    def cuda_build(self) -> bool: ...
    def driver_present(self) -> bool: ...
    def cuda_error(self) -> str | None: ...
    def cuda_name(self) -> str: ...
    def cuda_memory(self) -> tuple[int, int]: ...
    def cuda_bfloat16(self) -> bool: ...
    def mps_available(self) -> bool: ...
    def ram(self) -> tuple[int, int]: ...
    def cpu_name(self) -> str: ...
    def cores(self) -> int: ...
    def threads(self) -> int: ...


class MachineProbes:
    """The answers of the machine this runs on."""

    def torch_version(self) -> str:
        return str(torch.__version__)

    def cuda_build(self) -> bool:
        """Whether torch is built for CUDA, or for ROCm, which answers by the same names."""
        return torch.version.cuda is not None or torch.version.hip is not None

    def driver_present(self) -> bool:
        """Whether a GPU's driver is installed, whatever torch was built for."""
        places = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/kfd")
        return any(Path(place).exists() for place in places) or bool(shutil.which("nvidia-smi"))

    def cuda_error(self) -> str | None:
        """None where CUDA works, else the driver's or torch's own words."""
        with warnings.catch_warnings(record=True) as caught:
            # torch says only by a warning that a driver is too old.
            warnings.simplefilter("always")
            try:
                if torch.cuda.is_available():
                    torch.zeros(1, device="cuda")
                    return None
                torch.cuda.init()  # type: ignore[no-untyped-call]
            except Exception as error:  # RuntimeError, AssertionError, a driver's own
                return str(caught[0].message if caught else error).strip() or type(error).__name__
        return str(caught[0].message) if caught else "no device answers"

    def cuda_name(self) -> str:
        return str(torch.cuda.get_device_name())

    def cuda_memory(self) -> tuple[int, int]:
        """(free, total) bytes."""
        free_bytes, total_bytes = torch.cuda.mem_get_info()
        return int(free_bytes), int(total_bytes)

    def cuda_bfloat16(self) -> bool:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))

    def mps_available(self) -> bool:
        return bool(torch.backends.mps.is_available())

    def ram(self) -> tuple[int, int]:
        """(available, total) bytes."""
        memory = psutil.virtual_memory()
        return int(memory.available), int(memory.total)

    def cpu_name(self) -> str:
        return str(torch.backends.cpu.get_cpu_capability())

    def cores(self) -> int:
        return available_cores()

    def threads(self) -> int:
        return torch.get_num_threads()


def inspect_hardware(wanted: str = "auto", probes: Probes | None = None) -> HardwareReport:
    """Find the device to compute on. wanted: one of DEVICES.

    "auto" takes a CUDA GPU, else Apple's, else the CPU with the reason.
    Raises InvalidInput for an unknown name, EngineError where the device asked for is not there.
    """
    if wanted not in DEVICES:
        raise InvalidInput(
            "“{wanted}” is not a device.",
            "Choose one of: {devices}.",
            wanted=wanted,
            devices=", ".join(DEVICES),
        )
    probes = probes or MachineProbes()
    reason = Phrase(CHOSEN)
    if wanted in {"auto", "cuda"}:
        missing = _why_no_cuda(probes, check_memory=wanted == "auto")
        if missing is None:
            return _report(probes, "cuda", None)
        reason = missing
    if wanted in {"auto", "mps"} and probes.mps_available():
        return _report(probes, "mps", None)
    if wanted == "mps":
        reason = Phrase(NO_DRIVER)
    if wanted in {"cuda", "mps"}:
        raise EngineError(
            "The device “{wanted}” cannot be used. {reason}",
            "Choose the automatic device or the CPU in the settings, or repair the driver.",
            wanted=wanted,
            reason=reason,
        )
    return _report(probes, "cpu", reason)


def _why_no_cuda(probes: Probes, *, check_memory: bool) -> Phrase | None:
    if not probes.cuda_build():
        if probes.driver_present():
            return Phrase(CPU_BUILD, {"version": probes.torch_version()})
        return Phrase(NO_DRIVER)
    error = probes.cuda_error()
    if error is not None:
        if not probes.driver_present():
            return Phrase(NO_DRIVER)
        return Phrase(INIT_FAILED, {"error": error})
    free_bytes, _ = probes.cuda_memory()
    if check_memory and free_bytes < GPU_FREE_MIN_BYTES:
        return Phrase(
            TOO_LITTLE_MEMORY,
            {
                "name": probes.cuda_name(),
                "free_gib": free_bytes / GIB,
                "wanted_gib": GPU_FREE_MIN_BYTES / GIB,
            },
        )
    return None


def _report(probes: Probes, device: str, reason: Phrase | None) -> HardwareReport:
    ram_available, ram_total = probes.ram()
    free, total = probes.cuda_memory() if device == "cuda" else (ram_available, ram_total)
    names = {"cuda": probes.cuda_name, "mps": lambda: "Apple GPU", "cpu": probes.cpu_name}
    return HardwareReport(
        device=device,
        name=names[device](),
        memory_total_bytes=total,
        memory_free_bytes=free,
        ram_total_bytes=ram_total,
        ram_available_bytes=ram_available,
        reason=reason,
        cores=probes.cores(),
        threads=probes.threads(),
        supports_bfloat16=probes.cuda_bfloat16() if device == "cuda" else True,
    )


def choose_dtype(
    wanted: str, report: HardwareReport, stored: torch.dtype | None = None
) -> torch.dtype:
    """The dtype to compute in. wanted: "auto" or a key of DTYPES; stored: the checkpoint's own.

    "auto" is float32 on the CPU, where half precision is seldom faster and always less exact, and
    the checkpoint's own on an accelerator. Raises InvalidInput for an unknown name.
    """
    if wanted in DTYPES:
        return DTYPES[wanted]
    if wanted != "auto":
        raise InvalidInput(
            "“{wanted}” is not a precision.",
            "Choose one of: auto, {dtypes}.",
            wanted=wanted,
            dtypes=", ".join(DTYPES),
        )
    if report.device == "cpu" or stored not in DTYPES.values():
        return torch.float32
    if stored == torch.bfloat16 and not report.supports_bfloat16:
        return torch.float32
    assert stored is not None
    return stored


def empty_cache(device: Any) -> None:
    """Give memory that torch keeps for later back to the device."""
    kind = torch.device(device).type
    if kind == "cuda":
        torch.cuda.empty_cache()
    elif kind == "mps":
        torch.mps.empty_cache()
