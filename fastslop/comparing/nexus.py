"""Distances as a Nexus file, which SplitsTree and its like draw as a network."""

from __future__ import annotations

from collections.abc import Sequence

from fastslop.base.arrays import Floats


def nexus_of(labels: Sequence[str], square: Floats) -> str:
    """
    Write distances as a Nexus file with a TAXA and a DISTANCES block.

    SplitsTree (Huson and Bryant 2006, Molecular Biology and Evolution 23) opens it and draws the NeighborNet (Bryant
    and Moulton 2004, ibid. 21): splits of the labels that need not fit one tree.

    Parameters
    ----------
    labels
        Names; all are quoted, a quote inside is doubled, and what would end a line is a space.
    square
        Their distances, f64[labels, labels].
    """
    names = ["'" + " ".join(label.split()).replace("'", "''") + "'" for label in labels]
    rows = (
        f"  {name} {' '.join(f'{distance:.6g}' for distance in row)}"
        for name, row in zip(names, square.tolist(), strict=True)
    )
    return "\n".join(
        [
            "#NEXUS",
            f"BEGIN TAXA;\n  DIMENSIONS NTAX={len(names)};\n  TAXLABELS {' '.join(names)};\nEND;",
            f"BEGIN DISTANCES;\n  DIMENSIONS NTAX={len(names)};",
            "  FORMAT LABELS=LEFT DIAGONAL TRIANGLE=BOTH;\n  MATRIX",
            *rows,
            "  ;\nEND;\n",
        ]
    )
