"""The policy as a page for the public: HTML that needs no script, no style and no other file to be read.

It is written for readers of all kinds (WCAG 2.2, level AA): headings in order, a skip link, captions and scopes of
tables, colours of high contrast, one column that reflows at any zoom, a style for paper. All that is on it comes from
the pack, its overlays and the programme's list of documents: it knows of no read, hit, hotlist or account.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from alpr_core.policy.coverage import by_paragraph
from alpr_core.policy.effective import Policy
from alpr_core.policy.pack import Clause, Pack
from alpr_core.policy.publication import Paper, Publication
from alpr_core.policy.rules import Strength
from alpr_core.policy.words import (
    LIMITS,
    kept_by,
    limits_of,
    notices,
    open_of,
    status_of,
    values_of,
)


def page(publication: Publication) -> str:
    """Return the page."""
    policy = publication.policy
    title = f"{policy.pack.title} · {policy.pack.department}"
    body = "\n".join(_body(publication))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{_STYLE_HASH}'">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
{body}
</body>
</html>
"""


def _body(publication: Publication) -> Iterator[str]:
    pack, sections = publication.policy.pack, list(_sections(publication))
    yield "<header>"
    yield f"<p>{escape(pack.department)}</p>"
    yield f"<h1>{escape(pack.title)}</h1>"
    yield "</header>"
    yield '<nav aria-label="Contents"><ul>'
    yield from (f'<li><a href="#{each.name}">{escape(each.heading)}</a></li>' for each in sections)
    yield "</ul></nav>"
    yield '<main id="main">'
    for each in sections:
        yield f'<section id="{each.name}" aria-labelledby="{each.name}-heading">'
        yield f'<h2 id="{each.name}-heading">{escape(each.heading)}</h2>'
        yield from each.content
        yield "</section>"
    yield "</main>"
    yield f"<footer><p>Made by alpr-core on {publication.on}.</p></footer>"


class _Section(NamedTuple):
    name: str
    heading: str
    content: Iterable[str]


def _sections(publication: Publication) -> Iterator[_Section]:
    policy = publication.policy
    said = (f"<p>{escape(each)}</p>" for each in notices(policy, publication.adoption))
    yield _Section("notices", "Please note", said)
    yield _Section("about", "About this policy", _about(publication))
    yield _Section("responsible", "Who is responsible", _responsible(publication))
    yield _Section("limits", "Time limits", _limits(publication))
    yield _Section("purposes", "What the readers may be used for", _purposes(policy))
    yield _Section("policy", "The policy, paragraph by paragraph", _paragraphs(policy, policy.pack))
    for number, overlay in enumerate(policy.overlays, start=1):
        heading = f"{overlay.title}, from {overlay.effective} on"
        yield _Section(f"overlay-{number}", heading, _overlay(policy, overlay))
    yield _Section("procedures", "Procedures and other documents", _papers(publication.papers))
    yield _Section("check", "For programs, and for checking", _checking(policy))


def _terms(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "<dl>"
    for term, words in pairs:
        yield f"<div><dt>{escape(term)}</dt><dd>{escape(words)}</dd></div>"
    yield "</dl>"


def _about(publication: Publication) -> Iterator[str]:
    policy = publication.policy
    pack = policy.pack
    pairs = [
        ("Document", pack.document),
        ("Kind", status_of(pack)),
        (
            "In force since" if pack.effective <= publication.on else "Comes into force on",
            str(pack.effective),
        ),
        ("Version", pack.version),
        ("Source", pack.source),
    ]
    if pack.state:
        pairs.insert(2, ("State", pack.state))
    pairs += [
        ("Law laid over it", f"{each.title}, version {each.version}, from {each.effective} on. {each.source}")
        for each in policy.overlays
    ]
    yield from _terms(pairs)


def _responsible(publication: Publication) -> Iterator[str]:
    designee = publication.designee or "not named here"
    yield from _terms([("Current designee overseeing the operation", designee)])
    yield "<p>The policy gives rights and duties to:</p>"
    yield "<ul>"
    yield from (f"<li>{escape(title)}</li>" for title in publication.policy.roles.values())
    yield "</ul>"


def _limits(publication: Publication) -> Iterator[str]:
    policy = publication.policy
    rows = [
        [
            LIMITS.get(limit.name, limit.name),
            *(
                f"{side[0].words} (paragraph {side[1].id})" if side else "none"
                for side in (limit.least, limit.most)
            ),
        ]
        for limit in limits_of(policy, publication.on)
    ]
    if rows:
        caption = f"Limits that result from the policy and the law over it on {publication.on}"
        yield from _table(caption, ["What", "At least", "At most"], rows)
    else:
        yield "<p>The policy sets no limit in numbers.</p>"
    left_open = [f"Paragraph {clause.id}: {value.open}." for clause, _, value in policy.open_values]
    if left_open:
        yield "<p>The document leaves open, and nobody has filled in yet:</p>"
        yield from _listed(left_open)
    conflicts = [limit.conflict for limit in policy.conflicts(publication.on)]
    if conflicts:
        yield "<p>Nothing keeps both of these paragraphs, and nobody has chosen yet:</p>"
        yield from _listed(conflicts)
    choices = [
        f"{LIMITS.get(name, name)}: paragraph {choice.follow} is followed. {choice.source}"
        for name, choice in policy.choices.items()
    ]
    if choices:
        yield "<p>Where two paragraphs could not both be kept, it was decided:</p>"
        yield from _listed(choices)


def _purposes(policy: Policy) -> Iterator[str]:
    if not policy.purposes:
        yield "<p>The policy lists no purposes.</p>"
        return
    yield "<p>These purposes, and no other:</p>"
    yield "<ul>"
    for rule in policy.purpose_lists:
        for_whom = f" (for the {policy.titles(rule.role)})" if rule.role else ""
        yield from (f"<li>{escape(title + for_whom)}</li>" for title in rule.codes.values())
    yield "</ul>"


def _paragraphs(policy: Policy, pack: Pack) -> Iterator[str]:
    last = None
    for number, heading, clause in by_paragraph(pack):
        if number != last:
            name = f"{number} {heading}".strip()
            yield f"<h3>{escape(name)}</h3>"
            last = number
        yield from _clause(policy, clause, number)


def _clause(policy: Policy, clause: Clause, paragraph: str) -> Iterator[str]:
    words = clause.says or "This paragraph is blank in the document."
    yield f'<div class="clause"><p>{escape(words)}</p>'
    pairs = [("Clause", clause.id)] if clause.id != paragraph else []
    pairs += [("Strength", _STRENGTHS[clause.strength]), ("How it is kept", kept_by(clause))]
    values = values_of(clause, policy)
    if clause.source:
        pairs += [
            (f"Filled in: {name}", f"{value}. Source: {clause.source}")
            for name, value in values.items()
            if name in clause.rule.values
        ]
    pairs += [(f"Open: {name}", words) for name, words in open_of(clause).items()]
    yield from _terms(pairs)
    yield "</div>"


_STRENGTHS = {
    Strength.MUST: "must: binding",
    Strength.SHOULD: "should: a reason is needed to do otherwise",
    Strength.MAY: "may: permitted",
}


def _overlay(policy: Policy, overlay: Pack) -> Iterator[str]:
    yield from _terms(
        [("Document", overlay.document), ("Kind", status_of(overlay)), ("Source", overlay.source)]
    )
    yield from _paragraphs(policy, overlay)


def _papers(papers: Sequence[Paper]) -> Iterator[str]:
    if not papers:
        yield "<p>No document is listed here yet.</p>"
        return
    rows = [
        [
            paper.title,
            paper.owner,
            str(paper.dated),
            str(paper.review or "not named"),
            paper.sha256 or "no file",
        ]
        for paper in papers
    ]
    caption = "Documents of the programme. The hash tells whether a copy is this document."
    yield from _table(caption, ["Title", "Owner", "Dated", "Review by", "SHA-256"], rows)


def _checking(policy: Policy) -> Iterator[str]:
    yield '<p>The same for programs: <a href="policy.json">policy.json</a>.</p>'
    yield "<p>Each entry of the department's audit ledger names the policy behind it by its digest.</p>"
    digests = [("Digest of the policy (SHA-256, base64)", policy.digest)]
    if policy.digest != policy.pack.digest:
        digests += [(f"of {pack.id} alone", pack.digest) for pack in policy.packs]
    yield from _terms(digests)


def _listed(items: Iterable[str]) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{escape(item)}</li>" for item in items)
    yield "</ul>"


def _table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table whose first column names the row; on a narrow screen each cell says its column's name."""
    yield '<table role="table">'  # roles: a browser may forget them where the style lays cells below each other
    yield f"<caption>{escape(caption)}</caption>"
    yield '<thead role="rowgroup"><tr role="row">'
    yield from (f'<th scope="col" role="columnheader">{escape(heading)}</th>' for heading in headings)
    yield "</tr></thead>"
    yield '<tbody role="rowgroup">'
    for first, *others in rows:
        yield f'<tr role="row"><th scope="row" role="rowheader">{escape(first)}</th>'
        yield from (
            f'<td role="cell" data-column="{escape(heading)}">{escape(cell)}</td>'
            for heading, cell in zip(headings[1:], others, strict=True)
        )
        yield "</tr>"
    yield "</tbody></table>"


_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 44rem; padding: 1rem; color: #1a1a1a; background: #fff;
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #1a1a1a; }
a { color: #0b3d91; }
a:focus { outline: 3px solid #0b3d91; outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; }
dl { margin: .5rem 0; }
dt { font-weight: bold; }
dd { margin: 0 0 .5rem 0; }
.clause { border-left: 4px solid #595959; padding-left: 1rem; margin: 1rem 0; }
.clause dl { font-size: .9rem; color: #333; }
.clause dl div { display: flex; flex-wrap: wrap; gap: 0 .5rem; }
.clause dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { border: 1px solid #595959; padding: .4rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; min-width: 6rem; }
@media (max-width: 40rem) {
  thead { position: absolute; left: -99rem; }
  tr, th, td { display: block; }
  td::before { content: attr(data-column) ": "; font-weight: bold; }
}
@media print {
  body { max-width: none; font-size: 11pt; }
  .skip { display: none; }
  .clause, tr { break-inside: avoid; }
  h2, h3, caption, thead { break-after: avoid; }
  a { color: inherit; }
  thead { position: static; display: table-header-group; }
}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
