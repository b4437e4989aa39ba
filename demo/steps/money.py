"""What the class has cost."""

from demo.classroom import COURSE, INSTRUCTOR, Classroom
from demo.steps.expecting import answered, expect
from demo.steps.limits import LATECOMER
from demo.steps.materials import STUDENTS


def ledger(room: Classroom) -> str:
    """Everyone who had a server is in the usage, and the page shows the cost per student."""
    usage = answered(
        room.service(INSTRUCTOR, "GET", f"courses/{COURSE}/usage", params={"limit": 200})
    ).json()
    by_name = {person["hub_name"]: person["usage"] for person in usage["items"]}
    for person in (*STUDENTS, LATECOMER):
        name = room.browser(person).name()
        expect(name in by_name, f"{name} had a server and is not in the usage")
        expect(by_name[name]["cost_microusd"] > 0, f"{name}'s server has cost nothing")
    total = usage["total"]["cost_microusd"]
    parts = sum(person["cost_microusd"] for person in by_name.values())
    expect(total == parts, f"the people's costs add up to {parts}, not {total}")
    page = answered(room.browser(INSTRUCTOR).get(f"/services/coursehub/courses/{COURSE}"))
    expect("Cost so far per student" in page.text, "the course page shows no cost per student")
    hours = usage["total"]["seat_hours"]
    return f"{len(by_name)} people, {hours:.2f} server hours, ${total / 1e6:.4f} so far"
