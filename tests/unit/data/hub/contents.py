"""What lies on the hub in these tests."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from loupe.checkpoints.download import Limits
from loupe.data.hub.dataset import HubDataset

QUICK = Limits(answer_s=3.0, stall_s=20.0, restarts=1, backoff_s=(0.05, 0.05))
END_S = 30.0


def parquet(*texts: str) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({"text": list(texts)}), written)
    return written.getvalue()


CARD = b"""---
license: cc-by-4.0
configs:
- config_name: short
  default: true
  data_files:
  - split: train
    path: short/train-*.parquet
  - split: test
    path: short/test.parquet
- config_name: long
  data_files:
  - split: train
    path:
    - long/a.csv
    - long/b.csv
  sep: ";"
---
# Reviews
"""
REVIEWS = {
    "README.md": CARD,
    ".gitattributes": b"*.parquet filter=lfs\n",
    "short/train-00000-of-00002.parquet": parquet("a lamp", "a chair"),
    "short/train-00001-of-00002.parquet": parquet("a table"),
    "short/test.parquet": parquet("a shelf"),
    "long/a.csv": b"text;label\na bed;1\n",
    "long/b.csv": b"text;label\na rug;0\n",
    "unused.bin": b"\x80\x04K\x01.",
}


def shape(dataset: HubDataset) -> dict[str, dict[str, list[str]]]:
    """config → split → paths"""
    return {
        config.name: {split.name: [file.path for file in split.files] for split in config.splits}
        for config in dataset.configs
    }
