"use strict";
// The slider asks for its part of the time by htmx; here it says aloud which part that is, and the address says it too.
const step = document.getElementById("step");
const link = () => document.querySelectorAll("#steps a")[step.value];
step.addEventListener("input", () => {
  step.setAttribute("aria-valuetext", link().querySelector(".unseen").textContent);
});
document.body.addEventListener("htmx:afterSettle", () => history.replaceState(null, "", link().href));
