"""The layers and the order of areas, enforced on the source: who may import what."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from qms.areas import AREAS
from tests.imports import ROOT, Import, Module, modules, own

MODULES = modules()
FOLDERS = {".ci", "audits", "benchmarks", "docs", "qms", "templates", "tests"}
LAYERS = ("rules", "models", "service", "forms", "views")

DATABASE = {"peewee", "playhouse", "psycopg", "sqlite3"}
WEB = {"flask", "flask_bootstrap", "flask_login", "flask_security", "flask_wtf", "werkzeug", "jinja2"}
FORMS = {"wtforms", "flask_wtf"}
TABLES = {"pandas", "numpy", "pyarrow", "python_calamine", "openpyxl", "xlsxwriter"}
WORD = {"docx", "docxtpl", "matplotlib"}
# A serving process stays small without these: they are imported inside the function that needs them.
HEAVY = TABLES | WORD | {"pygal", "holidays", "icalendar"}
# A rule decides on plain values: the day, the actor and what a file says come in as arguments.
IMPURE_CALLS = {
    "open",
    "now",
    "utcnow",
    "today",
    "monotonic",
    "perf_counter",
    "urandom",
    "getenv",
    "print",
    "input",
}


def package_of(name: str) -> str:
    return name.split(".")[0]


def in_folder(folder: str) -> list[Module]:
    return [m for name, m in MODULES.items() if name == f"qms.{folder}" or name.startswith(f"qms.{folder}.")]


def area_modules(layer: str | None = None) -> list[tuple[str, str, Module]]:
    """(area, layer, module) of every module inside an area; the manifest's layer is `__init__`."""
    found = []
    for name, module in MODULES.items():
        parts = name.split(".")
        if parts[:2] == ["qms", "areas"] and len(parts) > 2:
            found.append((parts[2], layer_of(name), module))
    return [row for row in found if layer in (None, row[1])]


def layer_of(name: str) -> str:
    """`service_import.py` is service; a name that is no layer (`figures.py`) is rules, and so pure."""
    parts = name.split(".")
    if len(parts) == 3:
        return "__init__"
    first = parts[3].split("_")[0]
    return first if first in LAYERS else "rules"


def complain(module: Module, imported: Import, why: str) -> str:
    return f"{module.place}:{imported.line} imports {imported.name}: {why}"


def third_party(module: Module, forbidden: set[str], why: str, *, at_start_only: bool = False) -> list[str]:
    return [
        complain(module, i, why)
        for i in module.imports
        if package_of(i.name) in forbidden and (i.at_start or not at_start_only)
    ]


def reaches(name: str, forbidden: set[str]) -> list[str]:
    """Forbidden packages that importing module `name` brings in, through whichever own modules."""
    todo, seen, found = [name], set(), set()
    while todo:
        current = todo.pop()
        seen.add(current)
        for i in MODULES[current].imports:
            if not i.at_start:
                continue
            if package_of(i.name) in forbidden:
                found.add(f"{i.name} (in {MODULES[current].place}:{i.line})")
            elif (target := own(i.name)) and target not in seen:
                todo.append(target)
    return sorted(found)


# ---------------------------------------------------------------- the tree


def test_the_top_level_holds_only_the_agreed_folders() -> None:
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()}
    found = {p.name for p in ROOT.iterdir() if p.is_dir()} - ignored - {".git"}
    assert found <= FOLDERS


def test_every_area_folder_is_listed_and_every_listed_area_exists() -> None:
    assert {area for area, _layer, _module in area_modules()} == set(AREAS)


# ---------------------------------------------------------------- layers


def test_the_kernel_knows_no_area_no_page_and_no_file_format() -> None:
    bad = []
    for module in in_folder("kernel"):
        bad += third_party(module, WEB | FORMS | TABLES | WORD, "the kernel has no pages and no file formats")
        for i in module.imports:
            target = own(i.name) or ""
            if target.startswith(("qms.areas", "qms.web", "qms.docx", "qms.importers", "qms.app", "qms.cli")):
                bad.append(complain(module, i, "the kernel knows nothing above it"))
    assert bad == []


def test_rules_import_only_the_standard_library_and_pure_modules() -> None:
    bad = []
    for area, _layer, module in area_modules("rules"):
        for i in module.imports:
            target = own(i.name)
            if target is None:
                if package_of(i.name) not in sys.stdlib_module_names or package_of(i.name) in DATABASE:
                    bad.append(complain(module, i, "rules are pure"))
            elif target.startswith("qms.kernel."):
                bad += [
                    complain(module, i, f"not pure: {via}") for via in reaches(target, DATABASE | WEB | HEAVY)
                ]
            else:
                bad += area_obstacles(area, module, i, own_layers={"rules"}, earlier_layers={"rules"})
    assert bad == []


def test_rules_read_no_clock_no_file_and_no_environment() -> None:
    bad = []
    for _area, _layer, module in area_modules("rules"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called in IMPURE_CALLS:
                    bad.append(f"{module.place}:{node.lineno} calls {called}()")
    assert bad == []


@pytest.mark.parametrize(
    ("layer", "own_layers", "earlier_layers", "own_packages", "forbidden"),
    [
        ("models", {"rules", "models"}, {"rules", "models"}, {"kernel"}, WEB | FORMS | TABLES | WORD),
        ("service", {"rules", "models", "service"}, {"rules", "models", "service"}, {"kernel"}, WEB | FORMS),
        ("forms", {"rules", "forms"}, {"rules"}, {"kernel", "web"}, DATABASE | TABLES | WORD),
        (
            "views",
            {"rules", "models", "service", "forms", "views"},
            {"rules", "models", "service"},
            {"kernel", "web", "docx", "importers"},
            set(),
        ),
        ("__init__", set(LAYERS), {"rules", "models", "service"}, {"kernel", "web", "importers"}, FORMS),
    ],
    ids=[*LAYERS[1:], "manifest"],
)
def test_each_layer_of_an_area_imports_only_what_it_may(
    layer: str, own_layers: set[str], earlier_layers: set[str], own_packages: set[str], forbidden: set[str]
) -> None:
    bad = []
    for area, _layer, module in area_modules(layer):
        bad += third_party(module, forbidden, f"not in {layer}")
        for i in module.imports:
            target = own(i.name)
            if target is None or target.split(".")[1:2] in [[p] for p in own_packages]:
                continue
            bad += area_obstacles(area, module, i, own_layers=own_layers, earlier_layers=earlier_layers)
    assert bad == []


def area_obstacles(
    area: str, module: Module, imported: Import, *, own_layers: set[str], earlier_layers: set[str]
) -> Iterator[str]:
    """What speaks against one import of the product's own modules from inside `area`."""
    target = own(imported.name) or ""
    parts = target.split(".")
    if parts[:2] != ["qms", "areas"]:
        yield complain(module, imported, "outside the layers this one may use")
        return
    if len(parts) < 4:
        yield complain(module, imported, "a manifest is the kernel's to read")
        return
    if parts[2] == area:
        if layer_of(target) not in own_layers:
            yield complain(module, imported, "a lower layer may not use a higher one")
    elif AREAS.index(parts[2]) > AREAS.index(area):
        yield complain(module, imported, f"{parts[2]} comes after {area}: use a hook")
    elif layer_of(target) not in earlier_layers:
        yield complain(module, imported, "not a layer that a later area may use")


def test_documents_and_imports_load_inside_the_function_that_needs_them() -> None:
    bad = []
    for _area, _layer, module in area_modules():
        for i in module.imports:
            if i.at_start and (own(i.name) or "").startswith(("qms.docx", "qms.importers")):
                bad.append(complain(module, i, "import it inside the function"))
    assert bad == []


def test_documents_are_made_from_plain_data_without_database_or_pages() -> None:
    bad = []
    for module in in_folder("docx"):
        bad += third_party(
            module, DATABASE | (WEB - {"jinja2"}) | FORMS | TABLES, "documents are bytes from plain data"
        )
        for i in module.imports:
            target = own(i.name)
            if target is None or target.startswith("qms.docx") or target == "qms.resources":
                continue
            if not target.startswith("qms.kernel."):
                bad.append(complain(module, i, "documents know only the pure kernel"))
            else:
                bad += [complain(module, i, f"not pure: {via}") for via in reaches(target, DATABASE | WEB)]
    assert bad == []


def test_importers_know_no_page() -> None:
    bad = []
    for module in in_folder("importers"):
        bad += third_party(module, WEB | FORMS | WORD, "importers know no page and no document")
        for i in module.imports:
            target = own(i.name) or ""
            if target.startswith(("qms.web", "qms.docx")) or (
                target.startswith("qms.areas.") and "view" in target
            ):
                bad.append(complain(module, i, "importers know no page and no document"))
    assert bad == []


def test_the_shell_knows_areas_only_by_their_manifests() -> None:
    bad = []
    for module in in_folder("web"):
        for i in module.imports:
            if (own(i.name) or "").startswith("qms.areas."):
                bad.append(complain(module, i, "the shell reads manifests through the kernel"))
    assert bad == []


# ---------------------------------------------------------------- cycles, weight, habits


def test_modules_import_each_other_without_a_cycle() -> None:
    graph = {
        name: {t for i in m.imports if i.at_start and (t := own(i.name)) and t != name}
        for name, m in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}", pytrace=False)


def test_nothing_that_serves_a_page_imports_a_heavy_package_at_its_start() -> None:
    served = [m for _a, _l, m in area_modules()] + in_folder("kernel") + in_folder("web") + in_folder("app")
    assert [
        line for m in served for line in third_party(m, HEAVY, "inside the function", at_start_only=True)
    ] == []


def test_table_cells_are_never_addressed_one_by_one() -> None:
    """`table.cell(i, j)` walks the whole table each time: 300 x 6 cells take a minute."""
    bad = [
        f"{module.place}:{node.lineno}"
        for module in in_folder("docx")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cell"
    ]
    assert bad == []


def test_every_function_says_what_it_takes_and_gives() -> None:
    bad = []
    for module in (m for m in MODULES.values() if not m.name.startswith("qms.migrations.")):
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
                if bare or node.returns is None:
                    bad.append(f"{module.place}:{node.lineno} {node.name}({', '.join(bare)})")
    assert bad == []


def _written_states(module: Module) -> Iterator[int]:
    """The lines in which a module sets a `state`: an attribute, a key of `set({…})`, a column of `update(…)`."""
    for node in ast.walk(module.tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Attribute) and t.attr == "state" for t in targets):
            yield node.lineno  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            keys = [key for a in node.args if isinstance(a, ast.Dict) for key in a.keys]
            named = [keyword.arg for keyword in node.keywords] + [getattr(key, "value", None) for key in keys]
            if node.func.attr in ("set", "update", "new") and "state" in named:
                yield node.lineno


def test_nothing_but_a_step_writes_the_state_of_a_record() -> None:
    """The first state is the machine's, given as a record is made; every other comes from `steps.fire`."""
    written = {module.place for module in MODULES.values() if list(_written_states(module))}
    assert written == {"qms/kernel/steps.py"}
