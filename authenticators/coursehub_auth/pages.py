"""Pages in the Hub's own look."""

FRONT_DOOR = """\
{% extends "page.html" %}
{% block title %}Open this from your course{% endblock %}
{% block main %}
<div class="container">
  <h1>Open this from your course</h1>
  <p>This address opens your course's notebooks when you follow a link in your learning
  management system (LMS). Go to your course there and open the link again.</p>
  {% if user %}
  <p><a href="{{ base_url }}home">Go to your server</a></p>
  {% endif %}
</div>
{% endblock %}
"""
