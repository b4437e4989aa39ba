"""A course file that says everything that a course file can say."""

from typing import Final

WHOLE: Final = """\
# Data 8, as it is taught in Toronto.
title: Data 8
slug: data8
institution: North College
instructors: [Ada Rivera]

term:
  starts: 2027-01-11  # a Monday
  ends: 2027-04-09
  time_zone: America/Toronto
  holidays:
    - {name: Reading week, days: 2027-02-15/2027-02-19}
    - 2027-03-26

staff:
  - {person: ada@north.example, role: instructor}
  - {person: ben@north.example, role: ta, sections: [A, B]}

roster:
  dropped_servers: keep
  sources:
    - lti
    - {kind: canvas, url: https://canvas.example, course: "42", secret: canvas}

materials: https://git.example/data8/materials.git
modules:
  - {name: tables, title: Tables, path: 01-tables, release: week 1 monday 09:00}
  - name: charts
    title: Charts
    path: 02-charts
    source: https://git.example/shared/charts.git
    pin: v1.2
    release: 2027-01-18

late: {grace: 15 minutes, per_day: 10%, at_most: 50%, closes: 5 days}

assignments:
  - name: ps1
    title: A week of rides
    notebooks: [rides]
    points: 10
    release: week 2 monday 09:00
    due: week 3 friday  # a day alone is its last minute
    extensions:
      - {person: cho@north.example, by: 2 days, reason: ill}
      - {section: B, due: week 4 monday 12:00}
  - name: midterm
    title: Midterm
    points: 30.5
    due: 2027-03-02 12:00
    late: {closes: 0 minutes}
    line_item: false

extensions:
  - {person: dee@north.example, by: 36 hours, reason: standing}

exams:
  - name: midterm
    title: Midterm
    starts: 2027-03-02 10:00
    ends: 2027-03-02 12:00
    assignments: [midterm]
    quota: {memory: 2G}
    seats: 250
    extra_time:
      - {person: dee@north.example, by: 30 minutes}

quotas:
  student: {memory: 1G, cpu: 1.5, disk: 10G}
  ta: {memory: 4G, cpu: 2, gpu: 1}
  seats: 40

budget: {total: 500 USD, per_student: 3 USD, warn_at: 75%}
image: quay.io/jupyter/scipy-notebook:2026-11-24
environment: {OMP_NUM_THREADS: "2"}
"""
