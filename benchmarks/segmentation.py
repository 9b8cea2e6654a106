"""How languages without spaces are cut into words: ``python -m benchmarks.segmentation zh=FOLDER ja=FOLDER th=FOLDER``.

Agreement is that of the boundaries between words inside runs of a language's script (Han; with kana for Japanese): what
share of ours the other has too (precision), what share of its own ours has (recall), and their harmonic mean (F1).
Every program is given the same lines, in normal form. Where writers put spaces of no width between words, they are
compared with as well, and no program sees these. Speed is that of whole documents on one core, from text to words
in memory, without the time to load a dictionary; fastslop cuts all else in them into tokens meanwhile, and numbers the
tokens.

The others are used where they are installed: ``pip install jieba janome fugashi unidic-lite pythainlp laonlp khmercut
icu4py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import click
import numpy as np
import regex

from benchmarks.inputs import read_or_make, up_to
from benchmarks.reporting import HERE, README, Size, environment, markdown_table, renew_readme, size, write_json
from fastslop.base.spec import CountSpec
from fastslop.reading.languages import declared
from fastslop.tokens.tokeniser import SingleText, Tokeniser, tokenise
from fastslop.tokens.unicode import normal_form

SCRIPTS = {
    "zh": r"[\p{Han}〇]+",
    "ja": r"[\p{Han}\p{Hiragana}\p{Katakana}〇々ー]+",
    **{
        language: rf"(?V1)[[\p{{L}}\p{{M}}]&&\p{{{script}}}]+"
        for language, script in (("th", "Thai"), ("lo", "Lao"), ("km", "Khmer"), ("my", "Myanmar"))
    },
}
"""What words of each language are written in."""
NAMES = {"zh": "Chinese", "ja": "Japanese", "th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Burmese"}
OURS, WRITERS = "fastslop", "the writers"
NO_WIDTH = "\u200b"
"""A space that is not seen, by which some writers of Khmer part words."""
LONGEST_WORDS = 20
"""Characters of a word, on average, up to which writers who set such spaces are taken to part words by them."""
PAGES = (README, HERE.parent / "docs" / "speed.md")
Cut = Callable[[str], list[str]]


class Segmenter(NamedTuple):
    """A program that cuts a line into words: its name, with places for the versions of its packages."""

    name: str
    packages: tuple[str, ...]
    load: Callable[[], Cut]

    @property
    def title(self) -> str:
        """The name, with the versions."""
        return self.name.format(*map(version, self.packages))


def _jieba() -> Cut:
    import jieba

    jieba.setLogLevel("WARNING")
    jieba.initialize()
    return lambda line: list(jieba.lcut(line))


def _jieba_dictionary() -> Cut:
    import jieba

    jieba.setLogLevel("WARNING")
    jieba.initialize()
    return lambda line: list(jieba.lcut(line, HMM=False))


def _janome() -> Cut:
    from janome.tokenizer import Tokenizer

    tokenizer = Tokenizer(wakati=True)
    return lambda line: list(tokenizer.tokenize(line))


def _fugashi() -> Cut:
    from fugashi import Tagger

    tagger = Tagger("-Owakati")
    return lambda line: str(tagger.parse(line)).split()


def _newmm() -> Cut:
    from pythainlp import word_tokenize

    return lambda line: list(word_tokenize(line))


def _laonlp() -> Cut:
    from laonlp import word_tokenize

    return lambda line: list(word_tokenize(line))


def _khmercut() -> Cut:
    from khmercut import tokenize

    return lambda line: list(tokenize(line))


def _icu(language: str) -> Segmenter:
    def load() -> Cut:
        from icu4py.breakers import WordBreaker

        return lambda line: list(WordBreaker(line, language))

    return Segmenter("ICU by icu4py {}", ("icu4py",), load)


OTHERS = {
    "zh": (
        Segmenter("jieba {}", ("jieba",), _jieba),
        Segmenter("jieba {}, by its dictionary alone", ("jieba",), _jieba_dictionary),
    ),
    "ja": (
        Segmenter("Janome {}, IPADIC", ("janome",), _janome),
        Segmenter("MeCab by fugashi {}, UniDic-lite {}", ("fugashi", "unidic-lite"), _fugashi),
    ),
    "th": (_icu("th"), Segmenter("PyThaiNLP {}, newmm", ("pythainlp",), _newmm)),
    "lo": (_icu("lo"), Segmenter("LaoNLP {}", ("laonlp",), _laonlp)),
    "km": (_icu("km"), Segmenter("khmercut {}", ("khmercut",), _khmercut)),
    "my": (_icu("my"),),
}


class Sample(NamedTuple):
    """Documents of a language, and what is looked at of their lines: the runs of its script.

    ``runs`` are of (line, start, end); ``edges`` i64: where each begins in all of them together, and where they end;
    ``parted``, by line, before which characters there is a space of no width, which is taken out.
    """

    documents: Sequence[str]
    lines: Sequence[str]
    runs: Sequence[tuple[int, int, int]]
    edges: np.ndarray
    parted: Sequence[Sequence[int]]

    @staticmethod
    def of(documents: Sequence[str], language: str) -> Sample:
        """The sample of some documents."""
        parts = [line.split(NO_WIDTH) for document in documents for line in normal_form(document).splitlines()]
        parted = [np.cumsum([*map(len, of_line)]).tolist() for of_line in parts]
        lines, documents = ["".join(of_line) for of_line in parts], [text.replace(NO_WIDTH, "") for text in documents]
        script = regex.compile(SCRIPTS[language])
        runs = [(i, *match.span()) for i, line in enumerate(lines) for match in script.finditer(line)]
        return Sample(documents, lines, runs, np.cumsum([0, *(end - start for _, start, end in runs)]), parted)

    @property
    def n_bytes(self) -> int:
        """Bytes of the documents."""
        return sum(len(document.encode()) for document in self.documents)


def our_boundaries(sample: Sample, spec: CountSpec) -> np.ndarray:
    """Where our words begin inside runs, bool[characters of all runs]."""
    text = "\n".join(sample.lines[line][start:end] for line, start, end in sample.runs)
    words = [word for word in tokenise(text, spec) if word.strip()]
    ends = np.cumsum([len(word) for word in words])
    if not len(ends) or ends[-1] != sample.edges[-1]:
        raise ValueError("our words are not the characters that were cut")
    return _inside(sample, ends)


def boundaries_by(cut: Cut, sample: Sample) -> np.ndarray:
    """Where the words of another program begin inside runs, bool[characters of all runs]."""
    return _boundaries({line: list(_ends(cut, sample.lines[line])) for line, _, _ in sample.runs}, sample)


def _boundaries(ends_of: Mapping[int, Sequence[int]], sample: Sample) -> np.ndarray:
    """Where words begin inside runs, bool[characters of all runs], by where they end in each line."""
    ends = [
        first + end - start
        for (line, start, stop), first in zip(sample.runs, sample.edges[:-1].tolist(), strict=True)
        for end in ends_of[line]
        if start < end < stop
    ]
    return _inside(sample, np.array(ends, np.int64))


def _ends(cut: Cut, line: str) -> Iterator[int]:
    """Where the words of a line end; some programs leave spaces out."""
    at = 0
    for word in cut(line):
        at = line.index(word, at) + len(word)
        yield at


def _inside(sample: Sample, ends: np.ndarray) -> np.ndarray:
    """Which characters begin a word, without those at the edges of runs."""
    begins = np.zeros(sample.edges[-1] + 1, np.bool_)
    begins[ends] = True
    begins[sample.edges] = False
    return begins


def agreement(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """Precision, recall and F1 of boundaries."""
    both = int((ours & theirs).sum())
    precision, recall = both / max(int(ours.sum()), 1), both / max(int(theirs.sum()), 1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-12)}


def seconds_of(call: Callable[[], object]) -> float:
    """How long a call takes: the shortest of those that fit into a second, since others use the machine as well."""
    seconds: list[float] = []
    while sum(seconds) < 1:
        begin = perf_counter()
        call()
        seconds.append(perf_counter() - begin)
    return min(seconds)


def our_counting(documents: Sequence[str], spec: CountSpec) -> Callable[[], object]:
    """What makes tokens of documents, with kernels and dictionary loaded."""
    encoded = [document.encode() for document in documents]
    text = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    tokeniser = Tokeniser(spec)
    tokeniser.tokenise(SingleText(text, offsets))
    return lambda: tokeniser.tokenise(SingleText(text, offsets))


def measure(language: str, path: Path, n_bytes: int, rounds: int, seed: int) -> dict[str, Any]:
    """All figures of a language: programs that are not installed are named as ``missing``."""
    sample = Sample.of(up_to(read_or_make(path, n_bytes, seed), n_bytes), language)
    spec = declared(CountSpec(), language)
    calls: dict[str, Callable[[], object]] = {OURS: our_counting(sample.documents, spec)}
    found, missing = {OURS: our_boundaries(sample, spec)}, []
    by_writers = _boundaries(dict(enumerate(sample.parted)), sample)
    if by_writers.sum() * LONGEST_WORDS >= len(by_writers):
        found[WRITERS] = by_writers
    for other in OTHERS[language]:
        try:
            cut = other.load()
        except ImportError:
            missing.append(" and ".join(other.packages))
            continue
        found[other.title] = boundaries_by(cut, sample)
        calls[other.title] = lambda cut=cut: [cut(document) for document in sample.documents]
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds[name].append(seconds_of(call))
    names = [name for name in found if name != WRITERS] + [WRITERS] * (WRITERS in found)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return {
        "n_bytes": sample.n_bytes,
        "n_documents": len(sample.documents),
        "n_characters": int(sample.edges[-1]),
        "agreement": [{"words_by": a, "beside": b, **agreement(found[a], found[b])} for a, b in pairs],
        "seconds": seconds,
        "missing": missing,
    }


def to_markdown(results: dict[str, Any]) -> str:
    """A table of agreements, and one of speeds."""
    agreements, speeds = [], []
    for language, of in results["languages"].items():
        for pair in of["agreement"]:
            figures = (f"{pair[name]:.1%}" for name in ("precision", "recall", "f1"))
            agreements.append([NAMES[language], pair["words_by"], pair["beside"], *figures])
        ours = of["seconds"][OURS]
        for name, seconds in of["seconds"].items():
            times = median(theirs / own for theirs, own in zip(seconds, ours, strict=True))
            speed = f"{of['n_bytes'] / 1e6 / median(seconds):.3g}"
            speeds.append([NAMES[language], name, size(of["n_bytes"]), speed, f"{times:,.0f}"])
        speeds += [[NAMES[language], name, "", "not installed", ""] for name in of["missing"]]
    told = markdown_table(("language", "words by", "beside", "precision", "recall", "F1"), agreements, left=3)
    timed = markdown_table(("language", "words by", "text", "MB/s", "times our time"), speeds, left=2)
    shares = ", ".join(f"{NAMES[name]} {_share(of):.0%}" for name, of in results["languages"].items())
    machine = results["environment"]
    about = f"`{results['command']}`; {machine['cpu']}, one core; commit {machine['commit']}."
    return f"\n{told}\n{timed}\n{about} Bytes in characters of the language's script: {shares}.\n\n"


def _share(of: dict[str, Any]) -> float:
    """Share of a text's bytes that are in its language's script, whose characters have three bytes."""
    return float(3 * of["n_characters"] / of["n_bytes"])


def _path_of(given: str) -> tuple[str, Path]:
    language, _, path = given.partition("=")
    if language not in SCRIPTS or not Path(path).exists():
        raise click.BadParameter(
            f"{given!r} is not LANGUAGE=PATH with one of {', '.join(SCRIPTS)} and a path that exists"
        )
    return language, Path(path)


@click.command()
@click.argument("texts", nargs=-1, required=True, metavar="LANGUAGE=PATH...")
@click.option(
    "--size", "n_bytes", type=Size(), default="1MB", show_default=True, help="Text of each language, at most."
)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the results there.")
@click.option("--readme", is_flag=True, help="Renew segmentation.json and the tables of README.md and docs/speed.md.")
def main(texts: tuple[str, ...], n_bytes: int, rounds: int, seed: int, json_path: Path | None, readme: bool) -> None:
    """Compare how TEXTS are cut into words, and how fast; a path is a file or folder that fastslop can read."""
    given = dict(map(_path_of, texts))
    named = " ".join(f"{language}={path.name}" for language, path in given.items())
    results = {
        "format": 1,
        "command": f"python -m benchmarks.segmentation {named}",
        "environment": environment(),
        "seed": seed,
        "languages": {language: measure(language, path, n_bytes, rounds, seed) for language, path in given.items()},
    }
    if json_path:
        write_json(json_path, results)
    if readme:
        write_json(HERE / "segmentation.json", results)
        for page in PAGES:
            renew_readme("segmentation", to_markdown(results), page)
    click.echo(to_markdown(results))


if __name__ == "__main__":
    main()
