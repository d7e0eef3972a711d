"""Finds the line of a key in TOML text, which the standard library's parser does not keep.

Not a check of the text: tomllib must have read it before. Called by `bot.policy.complaints`, for
error messages alone.
"""

import tomllib
from collections import Counter

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from config.policy import Where


def find_lines(text: str) -> dict[Where, int]:
    """List the line, counted from 1, on which each key, table and list element begins."""
    parser = Parser(Language(tree_sitter_toml.language()))
    lines: dict[Where, int] = {}
    lists: Counter[Where] = Counter()
    for node in parser.parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            _note_pair(node, (), lines)
        elif node.type in {"table", "table_array_element"}:
            header, *pairs = _parts(node)
            where = _inside_lists(_names(header), lists)
            _note(where, lines, node)
            if node.type == "table_array_element":
                lists[where] += 1
                where = (*where, lists[where] - 1)
                _note(where, lines, node)
            for pair in pairs:
                _note_pair(pair, where, lines)
    return lines


def _inside_lists(names: Where, lists: Counter[Where]) -> Where:
    """Insert the index of the latest element where a header leads through a list of tables."""
    where: Where = ()
    for name in names:
        if lists[where]:
            where = (*where, lists[where] - 1)
        where = (*where, name)
    return where


def _note_pair(pair: Node, table: Where, lines: dict[Where, int]) -> None:
    """Note a pair and whatever its value contains. A loop: values nest deeper than calls may."""
    waiting = [(pair, table)]
    while waiting:
        node, where = waiting.pop()
        match node.type:
            case "pair":
                names, value = _parts(node)
                where = (*where, *_names(names))
                _note(where, lines, node)
                waiting.append((value, where))
            case "inline_table":
                waiting += [(part, where) for part in _parts(node)]
            case "array":
                for i, element in enumerate(_parts(node)):
                    _note((*where, i), lines, element)
                    waiting.append((element, (*where, i)))
            case _:
                pass


def _note(where: Where, lines: dict[Where, int], node: Node) -> None:
    """Keep the first line of a key, and of the tables that its dotted name opens."""
    for end in range(1, len(where) + 1):
        lines.setdefault(where[:end], node.start_point.row + 1)


def _parts(node: Node) -> list[Node]:
    return [part for part in node.named_children if part.type != "comment"]


def _names(node: Node) -> Where:
    """Read a bare, quoted or dotted key."""
    names: list[str] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part.type == "dotted_key":
            waiting += reversed(_parts(part))
        else:
            names.append(_unquoted((part.text or b"").decode()))
    return tuple(names)


def _unquoted(key: str) -> str:
    return next(iter(tomllib.loads(f"{key} = 0"))) if key[:1] in {'"', "'"} else key
