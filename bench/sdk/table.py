"""The table of all figures, for a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import check
from cases import Column
from rounds import Outcome, Outcomes


@dataclass(frozen=True)
class Table:
    """Figures with ratios."""

    columns: Sequence[Column]
    base: str
    """The library that the others are set against."""
    inverse: bool
    """Whether a ratio says how many times less than the base a library takes, and not how many times as much."""

    def text(self, outcomes: Outcomes) -> str:
        """For a terminal."""
        rows = self._rows(outcomes)
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:], *self._notes(outcomes)])

    def markdown(self, outcomes: Outcomes) -> str:
        """For a page."""
        head, *rows = self._rows(outcomes)
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---", *["---:"] * (len(head) - 1)], *rows)]
        notes = [f"- {note}" for note in self._notes(outcomes)]
        return "\n".join([*lines, *(["", *notes] if notes else [])])

    def _rows(self, outcomes: Outcomes) -> list[list[str]]:
        rows = [["library", *(column.title for column in self.columns)]]
        for name, row in outcomes.items():
            rows.append([name, *(self._cell(name, row[column.case], outcomes, column) for column in self.columns)])
        return rows

    def _cell(self, name: str, outcome: Outcome, outcomes: Outcomes, column: Column) -> str:
        figure = outcome.figure(column)
        if outcome.failed or figure is None:
            return outcome.failed or "–"
        said = [f"{figure:,.{column.digits}f}"]
        base = outcomes[self.base][column.case].figure(column) if self.base in outcomes else None
        if base and figure and name != self.base and not column.counts:
            said.append(f"({_ratio(base / figure if self.inverse else figure / base)})")
        wrong = check.worst(outcome.wrong)
        # Once, where a case has several columns.
        if wrong and column is next(one for one in self.columns if one.case == column.case):
            said.append(f"({wrong})")
        return " ".join(said)

    def _notes(self, outcomes: Outcomes) -> list[str]:
        """Why cells have no figure, each reason of a library once."""
        notes: dict[str, list[str]] = {}
        for name, row in outcomes.items():
            for column in self.columns:
                outcome = row[column.case]
                if outcome.why:
                    cases = notes.setdefault(f"{name} {outcome.failed}: {outcome.why}", [])
                    if column.case not in cases:
                        cases.append(column.case)
        return [f"{reason} ({', '.join(cases)})" for reason, cases in notes.items()]


def _ratio(ratio: float) -> str:
    return f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×" if ratio >= 0.95 else f"{ratio:.2f}×"
