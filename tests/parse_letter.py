#!/usr/bin/env python3
"""Reads letters with parsers that are not ours: Python's email (strict), html.parser, and icalendar.

Usage: parse_letter.py FOLDER, with pairs NNNN.eml (the bytes) and NNNN.json (what they must say).
Prints "N letters read" and exits 0, or every fault with its letter and exits 1.
Needs Python 3.9 or later and the package `icalendar` (Debian: apt-get install python3-icalendar).
"""

import datetime
import email
import email.policy
import html.parser
import json
import pathlib
import re
import sys

try:
    import icalendar
except ImportError:
    sys.exit("the Python package `icalendar` is missing; install it: apt-get install python3-icalendar")

VOID = {"meta", "br"}
COLUMNS_MAX = 78
LINE_OCTETS_MAX = 78
CALENDAR_OCTETS_MAX = 75
MONTHS = (
    "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "January February March April May June July August September October November December"
)
DATE = re.compile(
    r"\d{4} жылғы \d{1,2} (?:%(m)s)|\d{1,2} (?:%(m)s) \d{4}" % {"m": "|".join(MONTHS.split())}
)


def flat(text):
    """One line, single spaces."""
    return " ".join(text.split())


class Page(html.parser.HTMLParser):
    """Collects the visible text cell by cell and checks the shape of the page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.faults, self.stack, self.chunks, self.langs, self.roles = [], [], [], [], []
        self.data_tables, self.chunk, self.skip, self.meta = 0, "", False, {}

    def flush(self):
        if flat(self.chunk) and not self.skip:
            self.chunks.append(flat(self.chunk))
        self.chunk = ""

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in VOID:
            self.flush()
            if "name" in attrs:
                self.meta[attrs["name"]] = attrs.get("content")
            return
        if tag not in ("a", "strong", "span", "s"):
            self.flush()
        if tag in ("img", "script", "link", "iframe", "form"):
            self.faults.append(f"<{tag}> in a letter")
        if "lang" in attrs:
            self.langs.append(attrs["lang"])
        if tag == "th" and attrs.get("scope") not in ("row", "col"):
            self.faults.append("<th> without scope")
        if tag == "table":
            if not {"cellpadding", "cellspacing", "border"} <= set(attrs):
                self.faults.append("<table> without the attributes that Outlook reads")
            self.roles.append(attrs.get("role"))
        if tag == "th" and self.roles and self.roles[-1] == "presentation":
            self.faults.append("<th> in a layout table")
        if tag == "td" and self.roles and self.roles[-1] not in ("presentation", None):
            self.faults.append("unknown table role")
        self.skip = tag in ("style", "title") or (tag == "th" and attrs.get("scope") == "col")
        self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("a", "strong", "span", "s"):
            self.flush()
        self.skip = False
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"</{tag}> does not close what is open")
        if tag == "table":
            self.roles.pop()

    def handle_data(self, data):
        self.chunk += data

    def close(self):
        super().close()
        self.flush()
        if self.stack:
            self.faults.append(f"left open: {self.stack}")


def check_page(page, wanted, text, say):
    page.close()
    for fault in page.faults:
        say(fault)
    if page.langs[:1] != [wanted["language"]] or wanted["language"] not in page.langs[1:]:
        say(f"lang attributes {page.langs[:3]}")
    if page.meta.get("color-scheme") != "light dark" or "viewport" not in page.meta:
        say("no colour scheme or viewport")
    # The stem stands in the subject and, in HTML, above the letter.
    one_line = flat(wanted["subject"] + " " + text)
    for chunk in page.chunks:
        if chunk not in one_line:
            say(f"HTML says, text does not: {chunk!r}")
    visible = " ".join(page.chunks)
    differ = set(DATE.findall(visible)) ^ set(DATE.findall(flat(text)))
    if differ:
        say(f"dates differ: {sorted(differ)}")
    numbers = re.compile(r"№ [^\s\]]+")
    differ = set(numbers.findall(visible)) ^ set(numbers.findall(one_line))
    if differ:
        say(f"case numbers differ: {sorted(differ)}")


def check_calendar(body, method, say):
    raw = body.encode("utf-8")
    if b"\n" in raw.replace(b"\r\n", b"") or not raw.endswith(b"END:VCALENDAR\r\n"):
        say("calendar lines do not end with CRLF")
    for line in raw.split(b"\r\n"):
        if len(line) > CALENDAR_OCTETS_MAX:
            say(f"calendar line of {len(line)} octets")
    calendar = icalendar.Calendar.from_ical(raw)
    if calendar.errors or str(calendar["METHOD"]) != method or str(calendar["VERSION"]) != "2.0":
        say(f"calendar object: {calendar.errors}")
    if not str(calendar["PRODID"]):
        say("no PRODID")
    entries = calendar.walk("VEVENT")
    if not entries:
        say("calendar without an entry")
    for entry in entries:
        if entry.errors:
            say(f"entry: {entry.errors}")
        for name in ("UID", "DTSTAMP", "SEQUENCE", "SUMMARY", "ORGANIZER", "STATUS"):
            if name not in entry:
                say(f"entry without {name}")
        for name in ("ATTENDEE", "DTEND", "DURATION"):
            if name in entry:
                say(f"entry with {name}")
        cancelled = str(entry["STATUS"]) == "CANCELLED"
        if method == "CANCEL" and not cancelled:
            say("CANCEL of an entry that is not cancelled")
        start = entry.get("DTSTART")
        if start is None and not cancelled:
            say("entry without DTSTART")
        if start is not None:
            if type(start.dt) is not datetime.date:
                say("DTSTART is not a whole day")
            if start.dt.strftime("%Y%m%d") in str(entry["UID"]) or start.dt.isoformat() in str(entry["UID"]):
                say("UID contains the date")
        alarms = entry.walk("VALARM")
        if len(alarms) != (0 if cancelled else 1):
            say(f"{len(alarms)} alarms")
        for alarm in alarms:
            if str(alarm["ACTION"]) != "DISPLAY" or "DESCRIPTION" not in alarm:
                say("alarm incomplete")
            if alarm["TRIGGER"].dt >= datetime.timedelta(0):
                say("alarm after the day")


def check(path):
    faults = []
    say = lambda fault: faults.append(f"{path.name}: {fault}")
    raw = path.read_bytes()
    wanted = json.loads(path.with_suffix(".json").read_text("utf-8"))
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""):
        say("a line does not end with CRLF")
    for line in raw.split(b"\r\n"):
        if len(line) > LINE_OCTETS_MAX:
            say(f"line of {len(line)} octets: {line[:40]!r}")
        if any(octet > 126 for octet in line):
            say("8-bit data")
    policy = email.policy.strict.clone(utf8=False)
    message = email.message_from_bytes(raw, policy=policy)
    for part in message.walk():
        if part.defects:
            say(f"defects {part.defects}")
        for name, value in part.items():
            if value.defects:
                say(f"{name}: {value.defects}")
    names = [name.lower() for name in message.keys()]
    if len(names) != len(set(names)):
        say(f"a header twice: {names}")
    if str(message["Subject"]) != flat(wanted["subject"]):
        say(f"subject {message['Subject']!r}")
    if str(message["Message-ID"]) != wanted["message_id"]:
        say("Message-ID")
    if message["Date"].datetime.tzinfo is None or message["MIME-Version"] != "1.0":
        say("Date or MIME-Version")
    if message["To"].addresses[0].display_name != wanted["to_post"] or len(message["To"].addresses) != 1:
        say(f"To {message['To']!r}")
    if message["References"] != message["In-Reply-To"]:
        say("References and In-Reply-To differ")
    kinds = [part.get_content_type() for part in message.walk()]
    expected = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"]
    if wanted["ics"]:
        expected.append("text/calendar")
    if kinds != expected:
        say(f"structure {kinds}")
        return faults
    leaves = [part for part in message.walk() if not part.is_multipart()]
    for part in leaves:
        if part.get_content_charset() != "utf-8":
            say(f"charset {part.get_content_charset()}")
    text, markup = (leaf.get_content().replace("\r\n", "\n") for leaf in leaves[:2])
    if text.rstrip("\n") != wanted["text"].rstrip("\n") or markup.rstrip("\n") != wanted["html"].rstrip("\n"):
        say("a part is not what was rendered")
    for line in text.split("\n"):
        if len(line) > COLUMNS_MAX:
            say(f"text line of {len(line)} columns: {line!r}")
        if line != line.rstrip():
            say(f"text line ends with a space: {line!r}")
    if "\n\n\n" in text.strip("\n"):
        say("two empty lines in the text")
    page = Page()
    page.feed(markup)
    check_page(page, wanted, text, say)
    if wanted["ics"]:
        body = leaves[2].get_content()
        body = body.decode("utf-8") if isinstance(body, bytes) else body
        body = body.replace("\r\n", "\n").replace("\n", "\r\n")
        if body != wanted["ics"]:
            say("the calendar is not what was rendered")
        check_calendar(wanted["ics"], leaves[2].get_param("method"), say)
    return faults


def main():
    letters = sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))
    faults = [fault for path in letters for fault in check(path)]
    for fault in faults[:50]:
        print(fault)
    print(f"{len(letters)} letters read, {len(faults)} faults")
    return 1 if faults or not letters else 0


if __name__ == "__main__":
    sys.exit(main())
