"""Markdown of a model card → HTML of a page: no raw HTML, tables that a keyboard can scroll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from emotion_clf.errors import NotFoundError
from emotion_clf.settings import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token


def render(text: str) -> Markup:
    """The page's HTML of a Markdown text."""
    return Markup(_markdown.render(text))  # noqa: S704 - raw HTML is switched off


def document(name: str) -> str:
    """One of the product's own documents.

    Raises:
        NotFoundError: this installation has it not.
    """
    try:
        return (PROJECT_DIR / "docs" / name).read_text("utf-8")
    except OSError as error:
        raise NotFoundError("This installation came without its documents.") from error


def _open_table(_self: Any, _tokens: Sequence[Token], *_: Any) -> str:
    return '<div class="card-table" tabindex="0" role="group" aria-label="Table"><table>\n'


def _close_table(_self: Any, _tokens: Sequence[Token], *_: Any) -> str:
    return "</table></div>\n"


def _code(_self: Any, tokens: Sequence[Token], place: int, *_: Any) -> str:
    """Code that a keyboard can scroll."""
    return f'<pre tabindex="0"><code>{escape(tokens[place].content)}</code></pre>\n'


_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
_markdown.add_render_rule("table_open", _open_table)
_markdown.add_render_rule("table_close", _close_table)
_markdown.add_render_rule("fence", _code)
_markdown.add_render_rule("code_block", _code)
