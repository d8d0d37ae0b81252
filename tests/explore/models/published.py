"""Small tables that were published with the methods they show."""

from __future__ import annotations

import pandas as pd

__all__ = ["petrol", "warpbreaks"]

# N. L. Prater, Estimate gasoline yields from crudes, Petroleum Refiner 35 (1956); R's MASS::petrol.
_PETROL = """
A 50.8 8.6 190 205 12.2;A 50.8 8.6 190 275 22.3;A 50.8 8.6 190 345 34.7;A 50.8 8.6 190 407 45.7
B 40.8 3.5 210 218 8;B 40.8 3.5 210 273 13.1;B 40.8 3.5 210 347 26.6;C 40 6.1 217 212 7.4
C 40 6.1 217 272 18.2;C 40 6.1 217 340 30.4;D 38.4 6.1 220 235 6.9;D 38.4 6.1 220 300 15.2
D 38.4 6.1 220 365 26;D 38.4 6.1 220 410 33.6;E 40.3 4.8 231 307 14.4;E 40.3 4.8 231 367 26.8
E 40.3 4.8 231 395 34.9;F 32.2 5.2 236 267 10;F 32.2 5.2 236 360 24.8;F 32.2 5.2 236 402 31.7
G 41.3 1.8 267 235 2.8;G 41.3 1.8 267 275 6.4;G 41.3 1.8 267 358 16.1;G 41.3 1.8 267 416 27.8
H 38.1 1.2 274 285 5;H 38.1 1.2 274 365 17.6;H 38.1 1.2 274 444 32.1;I 32.2 2.4 284 351 14
I 32.2 2.4 284 424 23.2;J 31.8 0.2 316 365 8.5;J 31.8 0.2 316 379 14.7;J 31.8 0.2 316 428 18
"""
# L. H. C. Tippett, Technological Applications of Statistics (1950); R's datasets::warpbreaks.
_BREAKS = """
26 30 54 25 70 52 51 26 67 18 21 29 17 12 18 35 30 36 36 21 24 18 10 43 28 15 26
27 14 29 19 29 31 41 20 44 42 26 19 16 39 28 21 39 29 20 21 24 17 13 15 15 16 28
"""


def petrol() -> pd.DataFrame:
    """The yield of petrol (Y, per cent) from ten crude oils (No), at several end points (EP)."""
    rows = [cell.split() for line in _PETROL.split("\n") for cell in line.split(";") if cell]
    frame = pd.DataFrame(rows, columns=["No", "SG", "VP", "V10", "EP", "Y"])
    return frame.astype(dict.fromkeys(("SG", "VP", "V10", "EP", "Y"), float))


def warpbreaks() -> pd.DataFrame:
    """Breaks of the warp in weaving, by wool (A, B) and tension (L, M, H)."""
    wool = ["A"] * 27 + ["B"] * 27
    tension = (["L"] * 9 + ["M"] * 9 + ["H"] * 9) * 2
    return pd.DataFrame({"breaks": [int(each) for each in _BREAKS.split()], "wool": wool, "tension": tension})
