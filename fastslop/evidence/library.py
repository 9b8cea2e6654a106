"""Counts by prompt to how near queries are to known labels: on all prompts, on prompts drawn anew, on those held out.

Queries that answer the same prompts are measured together, as a panel. A query that is alone, or with one other only,
has no panel whose mean could say what its prompts bring; the library's labels on about as few prompts stand in for it,
and these prompts are taken out of the library meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from fastslop.base.arrays import Floats
from fastslop.comparing.distances import MIN_PANEL
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.comparing.replicates import FixedDraws, Row, drawn_grams, fixed_draws, grams_behind, of_each_draw
from fastslop.evidence.learnt import Learnt
from fastslop.evidence.nearness import Nearness, measure_nearness
from fastslop.evidence.pseudo_queries import PseudoAnswers, answers_of, as_arrays, ask_pseudo_queries, joined
from fastslop.system.progress import Progress, silent, tracked

N_DRAWS = 10
"""Pseudo-queries drawn from each label of the library; and sets of peers for a query that is alone."""
MIN_PSEUDO_QUERIES = 100
"""Fewest pseudo-queries of a library: few labels are drawn more often, since on fewer a p-value of 0.02 would say
little."""
MIN_SIZE = 3
"""Prompts of the smallest pseudo-queries."""
SIZE_STEP = 1.5
"""Ratio of sizes of pseudo-queries, which are ``MIN_SIZE`` times a power of it: many queries share what is learnt."""

Weights = dict[str, Floats]
"""By panel, how often each group of prompts is drawn, f64[groups, draws]."""


@dataclass(frozen=True)
class Library:
    """Counts of known labels and, in the rows behind them, of queries.

    ``authors``: who each known label is; an author may be in several panels. ``learnt``: where is kept what does not
    depend on the queries.
    """

    counts: PromptCounts
    authors: tuple[str, ...]
    seed: int = 0
    progress: Progress = silent
    learnt: Learnt = field(default_factory=Learnt)

    @property
    def known(self) -> range:
        """The rows of the known labels."""
        return range(len(self.authors))

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels of the known labels."""
        return self.counts.panels[: len(self.authors)]

    def size_of(self, query: int, n_parts: int) -> int:
        """How many prompts of the library hold about as many words as a query, or a little fewer.

        The size is at most a share of 1 in ``n_parts`` of any known label's prompts, since so many are held out.
        """
        most = max(MIN_SIZE, min(self._wanted(query), *(len(self.counts.groups_of(i)) // n_parts for i in self.known)))
        return int(MIN_SIZE * SIZE_STEP ** int(np.log(most / MIN_SIZE) / np.log(SIZE_STEP) + 1e-9))

    def _wanted(self, query: int) -> int:
        """How many prompts of the library hold as many words as a query."""
        words = [self.counts.counts[i].n_words[self.counts.groups_of(i)] for i in self.known]
        per_prompt = float(np.median([of_label.mean() for of_label in words]))
        return round(float(self.counts.counts[query].n_words.sum()) / per_prompt)

    def measure(
        self,
        queries: Sequence[int],
        size: int,
        *,
        is_alone: bool,
        is_thinned: bool = False,
        like: Sequence[int] | None = None,
        n_replicates: int = 0,
    ) -> list[list[Nearness]]:
        """How near these queries are, under each draw: together (one item a draw), or each alone with peers.

        They are measured on all prompts; with ``n_replicates`` on prompts drawn anew; or, thinned, as pseudo-queries
        are: on as many random prompts as have the words of ``size`` of the library's, while the library loses ``size``.
        If ``like`` says a known label for each, on as many as have the words of that label's pseudo-queries.
        """
        n_draws = n_replicates or (N_DRAWS if is_alone or is_thinned else 1)
        drawn = self._redrawn(n_draws) if n_replicates else self._once(n_draws)
        of_query = [drawn[self.counts.panels[q]] for q in queries]
        if is_thinned:
            wanted = [self._n_kept(q, size) for q in queries]
            if like is not None:
                wanted = [self._n_kept_like(q, label, size) for q, label in zip(queries, like, strict=True)]
            of_query = self._thinned(queries, wanted, n_draws)
        short = self._peers(size, n_draws) if is_alone or is_thinned else {}
        n = len(self.authors)
        known, asked = np.arange(n), np.arange(len(queries))

        def measured(gram: Floats) -> list[Nearness]:
            if not is_alone:
                return [measure_nearness(gram, self.panels, known, n + asked)]
            return [measure_nearness(gram, self.panels, known, 2 * n + asked[i : i + 1], n + known) for i in asked]

        known_rows = self._rows(drawn, short, is_alone)
        name = f"draws-{n_replicates}-{size if short else 0}-{int(is_alone)}-{n_draws}-{self.seed}"
        learnt = self.learnt.recall(name, lambda: fixed_draws(self.counts, known_rows, n)._asdict())
        rows = [*known_rows, *zip(queries, of_query, strict=True)]
        found = of_each_draw(measured, grams_behind(self.counts, rows, FixedDraws(**learnt)))
        return list(tracked(found, self.progress, "drawing prompts", n_draws, "draws"))

    def ask_pseudo_queries(self, size: int, n_together: int) -> tuple[PseudoAnswers, PseudoAnswers]:
        """``size`` random prompts of each label are taken out of the library and asked about, again and again.

        The answers are those with and those without their author in the library (see
        ``pseudo_queries.ask_pseudo_queries``). ``n_together`` of one panel are asked about at once; below
        ``MIN_PANEL`` each alone, and the library loses as many prompts again for their peers.
        """
        n_together = n_together if n_together >= MIN_PANEL else 1
        name = f"pseudo-queries-{size}-{n_together}-{self.seed}"
        return answers_of(self.learnt.recall(name, lambda: as_arrays(self._asked(size, n_together))))

    def _asked(self, size: int, n_together: int) -> tuple[PseudoAnswers, PseudoAnswers]:
        n_draws = max(N_DRAWS, ceil(MIN_PSEUDO_QUERIES / len(self.authors)))
        streams = np.random.SeedSequence([self.seed, 6]).spawn(n_draws)
        grams = zip(self._grams(self._held_out(n_draws, size, n_together)), streams, strict=True)

        def asked(item: tuple[Floats, np.random.SeedSequence]) -> tuple[PseudoAnswers, PseudoAnswers]:
            gram, order = item[0], np.random.default_rng(item[1])
            return ask_pseudo_queries(gram, self.panels, self.authors, n_together, order)

        answers = of_each_draw(asked, grams)
        drawn = list(tracked(answers, self.progress, "holding prompts out", n_draws, "draws"))
        return joined([with_author for with_author, _ in drawn]), joined([without for _, without in drawn])

    def _grams(self, rows: Sequence[Row]) -> Iterator[Floats]:
        """Inner products by the features that the known labels choose, so that these do not depend on the queries."""
        return drawn_grams(self.counts, rows, n_known=len(self.authors))

    def _rows(self, drawn: Weights, short: Weights, has_peers: bool) -> list[Row]:
        """The known labels without the prompts in ``short``, and on these as peers if so."""
        left = {panel: drawn[panel] * (1 - short[panel]) if short else drawn[panel] for panel in set(self.panels)}
        peers = self._known_rows(short) if has_peers else []
        return [*self._known_rows(left), *peers]

    def _known_rows(self, weights: Weights) -> list[Row]:
        """A row of each known label, by the weights of its panel."""
        return [(label, weights[self.panels[label]]) for label in self.known]

    def _n_kept(self, query: int, size: int) -> int:
        """How many prompts of a query have as many words as ``size`` of the library."""
        return self._at_least_two(query, size / max(self._wanted(query), 1))

    def _n_kept_like(self, query: int, label: int, size: int) -> int:
        """How many prompts of a query have as many words as a known label has in ``size`` prompts of its panel."""
        words = self.counts.counts[label].n_words.sum() * size / self.counts.n_groups(label)
        return self._at_least_two(query, words / max(self.counts.counts[query].n_words.sum(), 1))

    def _at_least_two(self, query: int, share: float) -> int:
        """That share of the prompts that a query answers, two at least and all at most."""
        n = len(self.counts.groups_of(query))
        return min(n, max(2, round(n * share)))

    def _thinned(self, queries: Sequence[int], n_kept: Sequence[int], n_draws: int) -> list[Floats]:
        """The first prompts of each query in a random order, in each draw; the same order for all of a panel."""
        weights = []
        for q, n_first in zip(queries, n_kept, strict=True):
            rng = np.random.default_rng([self.seed, 5])
            n, answered = self.counts.n_groups(q), self.counts.groups_of(q)
            of_query = np.zeros((n, n_draws))
            for d in range(n_draws):
                order = rng.permutation(n)
                of_query[order[np.isin(order, answered)][:n_first], d] = 1.0
            weights.append(of_query)
        return weights

    def _held_out(self, n_draws: int, size: int, n_together: int) -> list[Row]:
        """The known labels without some prompts; on half of these as peers, if needed; on the others as queries."""
        rng = np.random.default_rng([self.seed, 2])
        parts = (0, 1, 2) if n_together == 1 else (0, 2)
        panels = sorted(set(self.panels))
        drawn = [[_parts(rng, self._n_groups(panel), size, len(parts) - 1) for panel in panels] for _ in range(n_draws)]
        by_panel = {panel: np.stack(of_draws) for panel, of_draws in zip(panels, zip(*drawn, strict=True), strict=True)}
        return [
            row
            for part in parts
            for row in self._known_rows({panel: of_panel[:, :, part].T for panel, of_panel in by_panel.items()})
        ]

    def _peers(self, size: int, n_draws: int) -> Weights:
        """Random prompts for the peers in each draw, ``size`` of each panel."""
        rng = np.random.default_rng([self.seed, 3])
        return {
            panel: np.stack([_parts(rng, self._n_groups(panel), size, 1)[:, 2] for _ in range(n_draws)], axis=1)
            for panel in sorted(set(self.panels))
        }

    def _n_groups(self, panel: str) -> int:
        return len(self.counts.groups[panel])

    def _once(self, n_draws: int) -> Weights:
        """Every prompt once in each draw."""
        return {panel: np.ones((len(groups), n_draws)) for panel, groups in self.counts.groups.items()}

    def _redrawn(self, n_draws: int) -> Weights:
        """Prompts drawn anew; those of a query do not depend on the other queries."""
        streams = {panel: i + 1 for i, panel in enumerate(sorted(set(self.panels)))}
        weights = {}
        for panel, groups in self.counts.groups.items():
            rng = np.random.default_rng([self.seed, 4, streams.get(panel, 0)])
            drawn = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), n_draws)
            weights[panel] = np.ascontiguousarray(drawn.T, np.float64)
        return weights


def _parts(rng: np.random.Generator, n: int, size: int, n_parts: int) -> Floats:
    """Random parts of n prompts, f64[n, 3]: 1 for those of a part.

    The third part has ``size`` prompts, and so has the second; the first has the rest. If ``n_parts`` is 1 the second
    is not taken from the first, and not to be used.
    """
    place = rng.permutation(n)
    return np.stack(
        [place >= n_parts * size, (place >= size) & (place < 2 * size), place < size],
        axis=1,
    ).astype(np.float64)
