"""Cleaning steps that exploration proposes, and what they do to a table: before, after, how many rows.

- `levels`: a column's different values, with their rows. `effect`: what a step makes of them.
- `words`, `numerals`, `dates`, `spelling` look at text; `codes` at numbers and moments; `drops` at columns
  and rows that say nothing new.
- `propose` asks them all; `page` shows the result.
"""
