"""The body of the template of an apology letter: our own layout, in the manner of the decree.

The text of the official form (Mẫu 04, Thông tư 03/2025/TT-VPCP) was not at hand; its fields are those of domain 2.4.
"""

from __future__ import annotations

from qms.docx import layout
from qms.docx.ooxml import tag, text


def body() -> str:
    """The whole letter, to one applicant about one case."""
    return "".join(
        (
            layout.header_table("{{ parent }}", "{{ agency }}", "{{ number }}", "{{ place_date }}"),
            layout.type_and_abstract("{{ w.type_name }}", "{{ abstract }}"),
            text("Gap", ""),
            text("Body", "{{ addressed }}"),
            tag("if address") + text("Body", "{{ address }}") + tag("endif"),
            tag("for line in told") + text("Body", "{{ line }}") + tag("endfor"),
            text("Body", "{{ w.thanks }}", keep_next=True),
            layout.signature_table((("", ""), ("{{ m.sign_power }}", "{{ m.signer }}"))),
            layout.recipients("{{ w.recipients }}", "for name in recipients", "- {{ name }};", "{{ filed }}"),
        )
    )
