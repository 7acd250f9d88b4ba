"""Findings as text: for terminals, CI systems and comments. Pure: nothing here prints or knows of a terminal."""

from __future__ import annotations
