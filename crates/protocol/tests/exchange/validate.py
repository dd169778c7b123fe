"""Judges documents with xmlschema, a validator in Python that shares nothing with libxml2.

usage: validate.py SCHEMA FOLDER; prints one line a document: its name and `valid` or `invalid`.
"""
import pathlib
import sys

sys.path.insert(0, sys.argv[3])
import xmlschema  # noqa: E402

schema = xmlschema.XMLSchema(sys.argv[1])
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.xml")):
    try:
        verdict = "valid" if schema.is_valid(str(path)) else "invalid"
    except Exception:  # not well-formed
        verdict = "invalid"
    print(path.name, verdict)
