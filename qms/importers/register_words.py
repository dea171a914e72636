"""The words of a register of nonconformities: headings of columns, and what may stand in columns of choices.

The words are data, Vietnamese or English, compared folded (no marks, no case).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from qms.areas.actions.rules import SORTS
from qms.areas.nonconformities.rules import ANSWERS, GRADES, SOURCES
from qms.areas.nonconformities.rules_analysis import GROUPS, METHODS
from qms.areas.nonconformities.rules_register import COLUMNS, STATES
from qms.areas.nonconformities.rules_sources import BODIES
from qms.kernel.text import Message, fold, language

_IN_BRACKETS = re.compile(r"\s*[(\[].*$")
Words = Mapping[str, tuple[str, ...]]

# column -> what it may be called besides its key and its name here
HEADINGS: Words = {
    "register_no": (
        "so", "ma", "ma so", "so phieu", "so hieu", "so kph", "ma kph", "so vao so", "so trong so", "number", "no",
        "nc no", "car no", "id",
    ),
    "title": ("tieu de", "ten", "ten su khong phu hop", "tom tat", "noi dung tom tat", "summary", "subject"),
    "description": (
        "noi dung", "mo ta", "noi dung khong phu hop", "noi dung su khong phu hop", "mo ta su khong phu hop",
        "su khong phu hop", "noi dung kph", "mo ta kph", "diem khong phu hop", "description", "nonconformity",
        "finding",
    ),
    "happened_on": (
        "ngay", "ngay phat hien", "ngay xay ra", "ngay ghi nhan", "ngay lap", "thoi gian phat hien", "date",
        "date found", "found on",
    ),
    "source_kind": ("nguon", "nguon phat hien", "phat hien qua", "nguon goc", "source", "found by"),
    "source_body": ("co quan kiem tra", "don vi kiem tra", "co quan thanh tra", "doan kiem tra", "inspecting body"),
    "source_ref": ("van ban", "so van ban", "so, ngay van ban", "can cu", "document", "reference"),
    "grade": ("muc do", "phan loai", "loai", "loai kph", "muc do khong phu hop", "xep loai", "severity", "type"),
    "clauses": (
        "dieu khoan", "dieu khoan iso", "dieu khoan iso 9001", "yeu cau cua tieu chuan", "dieu khoan tieu chuan",
        "clause", "iso clause", "requirement",
    ),
    "edition": ("phien ban", "phien ban iso", "phien ban tieu chuan", "tieu chuan", "standard", "edition"),
    "unit": ("don vi", "phong", "phong ban", "bo phan", "don vi lien quan", "don vi chiu trach nhiem", "department"),
    "owner": (
        "nguoi chiu trach nhiem", "nguoi phu trach", "nguoi xu ly", "trach nhiem", "chu tri", "nguoi chu tri",
        "responsible", "person responsible", "assigned to",
    ),
    "due": ("han", "thoi han", "han hoan thanh", "thoi han hoan thanh", "han xu ly", "han khac phuc", "deadline"),
    "correction": ("khac phuc", "su khac phuc", "bien phap khac phuc", "xu ly ngay", "bien phap xu ly", "containment"),
    "no_correction": ("ly do khong khac phuc", "ly do khong khac phuc duoc", "why not corrected"),
    "consequences": ("hau qua", "anh huong", "anh huong den cong dan", "he qua", "impact", "effects"),
    "cause_method": ("phuong phap phan tich", "phuong phap", "cach phan tich", "method"),
    "whys": ("5 whys", "nam cau hoi vi sao", "cac cau hoi tai sao", "5 why", "5 vi sao", "5 tai sao", "whys"),
    "cause": ("nguyen nhan", "nguyen nhan goc", "nguyen nhan goc re", "cause"),
    "cause_group": ("nhom nguyen nhan", "loai nguyen nhan", "cause group", "cause category"),
    "elsewhere": (
        "truong hop tuong tu", "co o noi khac khong", "co tuong tu o noi khac khong", "tuong tu", "noi khac",
        "similar cases", "elsewhere",
    ),
    "action": (
        "hanh dong", "hanh dong khac phuc", "bien phap", "hanh dong phong ngua", "noi dung hanh dong",
        "corrective action",
    ),
    "action_sort": ("loai hanh dong", "action type"),
    "action_owner": ("nguoi thuc hien", "nguoi thuc hien hanh dong", "action owner"),
    "action_due": ("han hanh dong", "han thuc hien", "thoi han thuc hien", "han cua hanh dong", "action due"),
    "action_done_on": ("ngay hoan thanh", "ngay thuc hien xong", "hoan thanh ngay", "done on", "completed on"),
    "action_proof": ("bang chung", "minh chung", "ho so chung minh", "bang chung thuc hien", "proof", "evidence"),
    "criterion": (
        "tieu chi", "tieu chi hieu luc", "tieu chi danh gia", "tieu chi danh gia hieu luc", "cach danh gia hieu luc",
        "criterion of the check", "how the effect is judged",
    ),
    "state": ("trang thai", "tinh trang", "status"),
    "closed_on": ("ngay dong", "dong ngay", "ngay ket thuc", "closed", "closing date", "date closed"),
    "effect_result": (
        "ket qua kiem tra", "ket qua xac minh", "ket qua tham tra", "danh gia hieu luc", "ket qua danh gia hieu luc",
        "verification result", "result of the check",
    ),
    "effect_met": ("hieu luc", "co hieu luc", "co hieu luc khong", "dat", "dat khong", "effective"),
    "verifier": ("nguoi kiem tra", "nguoi xac minh", "nguoi tham tra", "nguoi danh gia", "verifier", "checked by"),
}  # fmt: skip

# column of choices -> code -> what may stand for it besides the code and its name here
CHOICES: Mapping[str, tuple[Mapping[str, Message], Words]] = {
    "grade": (GRADES, {
        "major": ("kph nang", "nang", "lon", "nghiem trong", "khong phu hop nang", "khong phu hop lon", "major nc"),
        "minor": ("kph nhe", "nhe", "nho", "khong phu hop nhe", "khong phu hop nho", "minor nc"),
        "observation": ("luu y", "quan sat", "diem luu y", "obs"),
        "opportunity": ("co hoi cai tien", "chct", "cai tien", "khuyen nghi", "ofi", "improvement"),
    }),
    "source_kind": (SOURCES, {
        "audit": ("danh gia noi bo", "dgnb", "audit"),
        "complaint": ("khieu nai", "phan anh", "khieu nai, phan anh", "phan anh, kien nghi", "complaint"),
        "overdue": ("ho so qua han", "tre han", "ho so tre han"),
        "target": ("muc tieu", "khong dat muc tieu", "muc tieu khong dat", "muc tieu chat luong"),
        "figures": ("so lieu", "so lieu khong khop"),
        "duty": ("nghia vu", "nghia vu khong dung han"),
        "inspection": (
            "kiem tra", "thanh tra", "danh gia chung nhan", "danh gia ben ngoai", "kiem tra ben ngoai", "certification",
        ),
        "review": ("xem xet cua lanh dao", "hop xem xet", "xem xet lanh dao"),
        "work": ("cong viec", "cong viec hang ngay", "qua trinh giai quyet cong viec", "tu phat hien", "daily work"),
    }),
    "source_body": (BODIES, {
        "home_affairs": ("so noi vu", "snv"), "science": ("so khoa hoc va cong nghe", "so kh&cn", "so khcn"),
        "certifier": ("to chuc chung nhan",), "committee": ("van phong ubnd tinh", "van phong uy ban nhan dan tinh"),
        "other": ("khac",),
    }),
    "cause_method": (METHODS, {
        "five_whys": ("5 why", "5 whys", "5 tai sao", "5 vi sao", "5w"),
        "cause_effect": ("xuong ca", "bieu do xuong ca", "nhan qua", "fishbone", "ishikawa"),
        "described": ("mo ta", "dien giai", "khac", "described"),
    }),
    "cause_group": (GROUPS, {
        "people": ("con nguoi", "nhan su", "nhan luc"), "method": ("quy trinh", "phuong phap", "quy dinh"),
        "means": ("thiet bi", "phuong tien", "may moc", "co so vat chat", "cong cu"), "environment": ("moi truong",),
        "measurement": ("do luong", "theo doi, do luong"), "information": ("thong tin", "du lieu"),
    }),
    "action_sort": (SORTS, {
        "correction": ("khac phuc", "su khac phuc"), "corrective": ("hanh dong khac phuc", "hdkp", "corrective action"),
        "improvement": ("cai tien", "hanh dong cai tien"),
    }),
    "state": (STATES, {
        "open": ("mo", "dang mo", "chua dong", "dang xu ly", "dang thuc hien", "dang khac phuc", "chua hoan thanh"),
        "closed": ("dong", "da dong", "ket thuc", "da ket thuc", "hoan thanh", "da hoan thanh", "da khac phuc"),
    }),
    "effect_met": (ANSWERS, {
        "yes": ("co", "dat", "co hieu luc", "hieu luc", "x", "effective"),
        "no": ("khong", "khong dat", "khong hieu luc", "chua dat", "not effective"),
    }),
}  # fmt: skip


def _both(word: Message) -> set[str]:
    """A word of the interface, folded, in both languages."""
    found = set()
    for name in ("vi", "en"):
        with language(name):
            found.add(fold(str(word)))
    return found


def heading(text: str) -> str:
    """A heading as it is compared: folded, without what stands in brackets behind it and without points."""
    return _IN_BRACKETS.sub("", fold(text)).strip(" .:*?")


def headings() -> dict[str, str]:
    """Heading, as it is compared -> the column that it names."""
    return {
        heading(words): column
        for column, label in COLUMNS.items()
        for words in (column, column.replace("_", " "), *_both(label), *HEADINGS.get(column, ()))
    }


def choices(column: str) -> dict[str, str]:
    """Folded word -> the code that it stands for, in a column of choices."""
    labels, others = CHOICES[column]
    return {
        word: code
        for code, label in labels.items()
        for word in (fold(code), *_both(label), *others.get(code, ()))
    }
