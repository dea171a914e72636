"""Documents in the layout of the decree: plain dataclasses go in, the bytes of a .docx come out.

`fill.render(kind, context, locale)` is the way in; `kinds` lists what can be made, `contexts` what
each kind needs, `layout` says how the paper looks, `checks` measures whether it does.
Nothing here knows a database or a request.
"""
