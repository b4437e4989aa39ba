// Sends the one form of a launch page on by itself.
document.querySelector("form[data-auto]").submit();
