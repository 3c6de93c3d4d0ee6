"""predict.py: a plain script that applies a run's model to a CSV, without Loupe.

It lies beside the model in the exported folder and needs torch and transformers alone. What it
computes is what Loupe's pages show for the same texts, and is held to that by a test.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from string import Template

from loupe.data.class_metrics import MULTI_LABEL_THRESHOLD
from loupe.data.spec import Role
from loupe.engine.encoding import ANY_MASK
from loupe.formula_guard import FORMULA
from loupe.runs.predict_tasks import MULTI_LABEL, PARTS, TaskPart
from loupe.tasks.token_classification.words import WORD
from loupe.training.spec import ROLES, RunSpec

# What a column of texts is called where nobody says it.
_USUAL_COLUMN = "text"

_HEAD = Template('''\
"""Apply the model in this folder to a CSV: python predict.py input.csv output.csv

Made for $task by the run $name.
It needs what requirements.txt lists, and sends nothing anywhere. The output has the rows of the
input and more columns:
    $adds
A text is cut to $max_length tokens, as in training. Rows without a text get empty cells.
"""

import argparse
import csv
$imports
import sys
from pathlib import Path

$third
HERE = Path(__file__).resolve().parent
MAX_LENGTH = $max_length
COLUMNS = $columns  # which column holds the texts, where --column does not say it
$constants# What spreadsheets may take for a formula.
FORMULA = re.compile(r"$formula")


def fail(message):
    print(f"predict.py: {message}", file=sys.stderr)
    sys.exit(2)


def read_table(path):
    """(names of the columns, rows of as many cells each)."""
    csv.field_size_limit(2**31 - 1)
    rows = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(",;\\t", key=first.count)
            quoting = csv.QUOTE_NONE if delimiter == "\\t" else csv.QUOTE_MINIMAL
            reader = csv.reader(file, delimiter=delimiter, quoting=quoting, strict=True)
            header = next(reader, [])
            for row in filter(None, reader):
                if len(row) > len(header):
                    fail(
                        f"{path}, line {reader.line_num}: {len(row)} cells, "
                        f"but the first line has {len(header)}"
                    )
                rows.append(row + [""] * (len(header) - len(row)))
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8: save it as “CSV UTF-8”")
    except csv.Error as error:
        fail(f"{path}, line {reader.line_num}: {error}")
    if not header:
        fail(f"{path} is empty: its first line has to name the columns")
    return header, rows


def choose_column(header, wanted):
    named = [wanted] if wanted is not None else COLUMNS
    for name in named:
        if name in header:
            return header.index(name)
    if wanted is None and len(header) == 1:
        return 0
    said = f"there is no column “{wanted}”" if wanted is not None else "say --column NAME"
    fail(f"{said}; the columns are: {', '.join(header)}")


def check_output(path, source):
    """Before hours of work, not after them."""
    if path.exists() and path.samefile(source):
        fail("the output would overwrite the input: choose another name")
    try:
        path.open("a").close()
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")


def guarded(cell):
    """Text that a spreadsheet could run as a formula gets a quote before it; numbers stay."""
    try:
        float(cell)
    except ValueError:
        return "'" + cell if FORMULA.match(cell) else cell
    return cell


def write_table(path, header, rows):
    names = []
    for name in header:
        while name in names:  # the input has a column “label”, say
            name = "predicted_" + name
        names.append(name)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for row in [names, *rows]:
            writer.writerow([guarded(cell) for cell in row])


def number(value):
    return f"{value:.6f}"


def load():
    """Tokenizer, model and device; only from this folder."""
    disable_progress_bar()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(HERE, local_files_only=True)
    model = $auto_class.from_pretrained(
        HERE, dtype=torch.float32, use_safetensors=True, local_files_only=True
    )
    return tokenizer, model.to(device).eval(), device


def batches(texts, size):
    """Numbers of the rows that have a text, like lengths together.

    The longest come first: what does not fit into memory fails at once.
    """
    order = sorted(
        (i for i, text in enumerate(texts) if text.strip()), key=lambda i: -len(texts[i])
    )
    for start in range(0, len(order), size):
        yield order[start : start + size]
        done = min(start + size, len(order))
        print(f"\\r{done:,} of {len(order):,} texts", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
''')

_MAIN = """

def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\\n")[0])
    parser.add_argument("input", type=Path, help="CSV in UTF-8; its first line names the columns")
    parser.add_argument("output", type=Path, help="the CSV to be written")
    parser.add_argument("--column", help="the column with the texts")
    parser.add_argument("--batch-size", type=int, default=32, help="texts at once")
    add_options(parser)
    options = parser.parse_args()
    header, rows = read_table(options.input)
    place = choose_column(header, options.column)
    check_output(options.output, options.input)
    print(f"column “{header[place]}”, {len(rows):,} rows", file=sys.stderr)
    names, cells, cut = predict([row[place] for row in rows], options)
    if cut:
        print(f"{cut:,} texts were longer than {MAX_LENGTH} tokens: cut", file=sys.stderr)
    found = [row + answer for row, answer in zip(rows, cells)]
    write_table(options.output, header + names, found)


if __name__ == "__main__":
    main()
"""


def predict_script(spec: RunSpec) -> str:
    """The text of predict.py for a run."""
    part = MULTI_LABEL if spec.multi_label else PARTS[spec.task]
    head = _HEAD.substitute(
        name=spec.name,
        task=spec.task,
        adds=part.adds,
        imports="\n".join(f"import {name}" for name in sorted({"re", *part.imports})),
        third=_third_party(part),
        max_length=spec.max_length,
        columns=json.dumps(_columns(spec), ensure_ascii=False),
        constants="".join(f"{name} = {value!r}\n" for name, value in _constants(spec).items()),
        formula=FORMULA.pattern,
        auto_class=part.auto_class,
    )
    code = Template(part.code).substitute(word_pattern=WORD.pattern, mask_pattern=ANY_MASK)
    return head + code + _MAIN


def requirements(files: frozenset[str]) -> str:
    """requirements.txt for predict.py: the versions that are installed here.

    files: names in the exported folder; sentencepiece is listed only where the tokenizer is of its
    kind and has no tokenizer.json.
    """
    packages = ["torch", "transformers", "safetensors"]
    if "tokenizer.json" not in files and any(n.endswith((".spm", ".model")) for n in files):
        packages.append("sentencepiece")
    # A build's own suffix, such as +cpu, is in no index but its own.
    return "".join(f"{name}=={version(name).partition('+')[0]}\n" for name in packages)


def _third_party(part: TaskPart) -> str:
    words = "import regex  # comes with transformers\n" if "regex." in part.code else ""
    return (
        f"{words}import torch\nfrom transformers import {_both(part.auto_class)}\n"
        "from transformers.utils.logging import disable_progress_bar\n"
    )


def _both(auto_class: str) -> str:
    return ", ".join(sorted((auto_class, "AutoTokenizer")))


def _columns(spec: RunSpec) -> list[str]:
    """The names that the training data had for it, then the role's own, then the usual one."""
    role = ROLES[spec.task][0]
    named = [source.columns.get(role) for source in spec.data.train]
    # Texts come as one cell, not as the list of words that training has.
    own = [] if role is Role.TOKENS else [name for name in named if isinstance(name, str)]
    return list(dict.fromkeys([*own, role.value, _USUAL_COLUMN]))


def _constants(spec: RunSpec) -> dict[str, object]:
    if spec.task in ("translation", "summarization"):
        return {"MAX_TARGET_LENGTH": spec.max_target_length, "PREFIX": spec.prefix}
    return {"GIVEN_FROM": MULTI_LABEL_THRESHOLD} if spec.multi_label else {}
