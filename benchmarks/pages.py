"""What a page says, whatever its markup: for comparing the product's page with its reference."""

from __future__ import annotations

from html.parser import HTMLParser

from benchmarks.method import Different

SIZE = 0.15  # by how much the two pages may differ in length


class _Texts(HTMLParser):
    def __init__(self, within: str) -> None:
        super().__init__()
        self.within = within
        self.depth = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag == self.within
        if self.depth:
            self.found += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == self.within

    def handle_data(self, data: str) -> None:
        if self.depth and data.strip():
            self.found.append(" ".join(data.split()))


def said(html: bytes, within: str) -> list[str]:
    """The texts and addresses inside every `within` element, in their order."""
    parser = _Texts(within)
    parser.feed(html.decode())
    return parser.found


def require_same(product: bytes, floor: bytes, *, within: str) -> None:
    """Raise Different unless both pages say the same inside `within` and are about as long."""
    ours, theirs = said(product, within), said(floor, within)
    if ours != theirs or not ours:
        pairs = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
        raise Different(f"the pages differ: {pairs[:3] or (len(ours), len(theirs))}")
    if abs(len(product) - len(floor)) > SIZE * len(product):
        raise Different(f"{len(product)} bytes against {len(floor)}: freeze the reference page anew")
