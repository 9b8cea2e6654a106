"""Random trees of any shape."""

from __future__ import annotations

from hypothesis import strategies as st

from fastslop.trees.tree import Tree


@st.composite
def phylogenies(draw: st.DrawFn, min_labels: int = 2, max_labels: int = 12, *, is_rooted: bool | None = None) -> Tree:
    """Rooted or not, with polytomies, lengths and support or none; some branches are 0 long."""
    n = draw(st.integers(max(min_labels, 3 if is_rooted is False else 2), max_labels))
    rooted = n < 3 or (draw(st.booleans()) if is_rooted is None else is_rooted)
    tops = list(range(n))
    children: list[tuple[int, ...]] = []
    least = 2 if rooted else 3
    while len(tops) > least and (len(tops) > 6 or draw(st.booleans())):
        size = draw(st.integers(2, len(tops) - least + 1))
        group = draw(st.permutations(tops))[:size]
        children.append(tuple(group))
        tops = [*(top for top in tops if top not in group), n + len(children) - 1]
    children.append(tuple(tops))
    n_nodes = n + len(children)
    steps = st.integers(0, 40).map(lambda step: step / 8)
    lengths = None if draw(st.booleans()) else (*(draw(steps) for _ in range(n_nodes - 1)), 0.0)
    shares = st.integers(0, 8).map(lambda share: share / 8)
    support = None if draw(st.booleans()) else (*(draw(shares) for _ in children[:-1]), None)
    if support == (None,):
        support = None
    is_unrooted = not rooted and len(children[-1]) > 2
    return Tree(
        tuple(f"m{i:02}" for i in range(n)), tuple(children), lengths, "m", "", support, is_rooted=not is_unrooted
    )
