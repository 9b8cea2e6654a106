"""Who came from whom, as publicly known: a CSV of relations, and what follows of them for the pairs of a panel.

Columns: ``child``, ``relation`` (base, teacher, merge or snapshot), ``parent``, and optionally ``source``, where that
is known from.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from fastslop.base.errors import BadInputError

KINDS = ("base", "teacher", "merge", "snapshot")
OF_WEIGHTS = ("base", "merge")
"""Relations by which a child has its parent's weights."""
COLUMNS = ("child", "relation", "parent")
OPTIONAL = ("source",)

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Relation:
    """A row: the child was tuned from its base, taught by its teacher, merged from it, or is a later snapshot of it."""

    child: str
    kind: str
    parent: str


def read_relations(path: Path) -> list[Relation]:
    """The rows of a CSV of relations.

    Raises
    ------
    BadInputError
        If a column is missing or unknown, a relation is none of ``KINDS``, a name is empty, a model is its own parent,
        or a row stands there twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = [name.strip() for name in next(rows, [])]
        _check_header(path, header)
        found: dict[Relation, int] = {}
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            relation = _relation(f"{path}:{rows.line_num}", header, row)
            if relation in found:
                raise BadInputError(f"{path}:{rows.line_num}: this row stands at line {found[relation]} already")
            found[relation] = rows.line_num
    if not found:
        raise BadInputError(f"{path}: no relation is in it")
    return list(found)


def _check_header(path: Path, header: Sequence[str]) -> None:
    wanted = f"the columns are {', '.join(COLUMNS)} and, if you like, {', '.join(OPTIONAL)}"
    if missing := [name for name in COLUMNS if name not in header]:
        raise BadInputError(f"{path}:1: the column {missing[0]!r} is missing; {wanted}")
    if unknown := [name for name in header if name not in (*COLUMNS, *OPTIONAL)]:
        raise BadInputError(f"{path}:1: the column {unknown[0]!r} is unknown; {wanted}")
    if len(set(header)) < len(header):
        raise BadInputError(f"{path}:1: a column stands there twice; {wanted}")


def _relation(place: str, header: Sequence[str], row: Sequence[str]) -> Relation:
    if len(row) != len(header):
        raise BadInputError(f"{place}: {len(row)} values, but there are {len(header)} columns")
    values = dict(zip(header, (cell.strip() for cell in row), strict=True))
    child, kind, parent = (values[name] for name in COLUMNS)
    if kind not in KINDS:
        raise BadInputError(f"{place}: the relation {kind!r} is unknown; it is one of {', '.join(KINDS)}")
    if not (child and parent):
        raise BadInputError(f"{place}: a child and a parent must have names")
    if child == parent:
        raise BadInputError(f"{place}: {child!r} cannot be its own parent")
    return Relation(child, kind, parent)


@dataclass(frozen=True)
class Kinship:
    """What relations say of the pairs of a panel's labels."""

    labels: tuple[str, ...]
    relations: tuple[Relation, ...]

    @cached_property
    def known(self) -> list[Relation]:
        """Relations whose child and parent are both in the panel."""
        return [r for r in self.relations if r.child in self._place and r.parent in self._place and self._is_label(r)]

    @property
    def absent(self) -> list[str]:
        """Names of the relations that are not in the panel."""
        return sorted({*self._place} - {*self.labels})

    @property
    def n_without(self) -> int:
        """How many labels no relation names."""
        named = {name for relation in self.relations for name in (relation.child, relation.parent)}
        return sum(label not in named for label in self.labels)

    def place(self, label: str) -> int:
        """Row of a label in the matrices of pairs."""
        return self._place[label]

    @cached_property
    def is_related(self) -> Bools:
        """Pairs with a direct relation, either way round, bool[labels, labels]."""
        direct = self._adjacency(KINDS)
        return self._of_labels(direct | direct.T)

    @cached_property
    def is_kin(self) -> Bools:
        """Pairs that relations connect, if over others (that need not be in the panel); not a label with itself."""
        _, component = connected_components(csr_array(self._adjacency(KINDS)), directed=False)
        same = self._of_labels(component[:, None] == component[None, :])
        np.fill_diagonal(same, False)
        return same

    @property
    def is_sibling(self) -> Bools:
        """Pairs that are connected, but not directly."""
        return self.is_kin & ~self.is_related

    @property
    def is_unrelated(self) -> Bools:
        """Pairs that nothing connects."""
        return ~self.is_kin & ~np.eye(len(self.labels), dtype=np.bool_)

    @cached_property
    def is_child_of(self) -> Bools:
        """Whether the column is a child of the row by any relation, bool[labels, labels]."""
        return self._of_labels(self._adjacency(KINDS))

    def children_to_parents(self) -> Iterator[tuple[str, Bools]]:
        """For each kind of relation, the pairs of a child (row) and its parent (column), bool[labels, labels]."""
        for kind in KINDS:
            yield kind, self._of_labels(self._adjacency([kind])).T

    @cached_property
    def is_of_base(self) -> Bools:
        """Whether a candidate (column) shares weights with a child (row), bool[labels, labels].

        Such are the models that the child was tuned or merged from, step by step, and all that descend in this way from
        one of these or from the child.
        """
        reach = self._adjacency(OF_WEIGHTS) | np.eye(len(self._place), dtype=np.bool_)
        for _ in range(int(np.ceil(np.log2(max(len(reach), 2))))):
            reach = (reach.astype(np.float32) @ reach) > 0
        from_one = (reach.T.astype(np.float32) @ reach) > 0
        return self._of_labels(from_one)

    @cached_property
    def _place(self) -> dict[str, int]:
        """Rows of all names: the labels first, then those that only relations name."""
        names = [name for relation in self.relations for name in (relation.child, relation.parent)]
        return {name: i for i, name in enumerate(dict.fromkeys([*self.labels, *names]))}

    def _is_label(self, relation: Relation) -> bool:
        n = len(self.labels)
        return self._place[relation.child] < n and self._place[relation.parent] < n

    def _adjacency(self, kinds: Sequence[str]) -> Bools:
        """Whether the row is a parent of the column by one of these relations, bool[names, names]."""
        found = np.zeros((len(self._place), len(self._place)), np.bool_)
        for relation in self.relations:
            found[self._place[relation.parent], self._place[relation.child]] |= relation.kind in kinds
        return found

    def _of_labels(self, of_names: Bools) -> Bools:
        return of_names[: len(self.labels), : len(self.labels)].copy()

    def groups(self) -> Iterator[tuple[str, Bools]]:
        """Related, sibling and unrelated pairs."""
        yield from (("related", self.is_related), ("sibling", self.is_sibling), ("unrelated", self.is_unrelated))

    def to_dict(self) -> dict[str, Any]:
        """How many relations there are of each kind, how many pairs of each group, and what was left out."""
        of_kinds = {kind: sum(r.kind == kind for r in self.known) for kind in KINDS}
        return {
            "n": len(self.relations),
            "known": {kind: n for kind, n in of_kinds.items() if n},
            "absent": self.absent,
            "n_without": self.n_without,
            "pairs": {name: int(group.sum()) // 2 for name, group in self.groups()},
        }
