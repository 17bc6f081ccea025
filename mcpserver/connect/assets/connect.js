// Makes the pages of mcpfusion handier. All of them work without it.
(() => {
  "use strict";

  // Times in the reader's own zone and manner.
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.title = time.textContent;
      time.textContent = at.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
    }
  }

  // Copying the code.
  const copy = document.getElementById("copy");
  if (copy) {
    const code = document.getElementById(copy.dataset.copy);
    const select = () => {
      const selection = getSelection();
      selection.selectAllChildren(code);
      return document.execCommand("copy"); // where there is no clipboard: not over TLS
    };
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      let done = false;
      try {
        await navigator.clipboard.writeText(code.textContent);
        done = true;
      } catch {
        done = select();
      }
      copy.textContent = done ? "Copied" : "Select it and copy";
      setTimeout(() => { copy.textContent = "Copy"; }, 3000);
    });
  }

  // Showing what is entered.
  for (const box of document.querySelectorAll("[data-reveal]")) {
    const secrets = box.form.querySelectorAll("input[type=password]");
    box.closest("[hidden]").hidden = false;
    box.addEventListener("change", () => {
      for (const input of secrets) input.type = box.checked ? "text" : "password";
    });
    box.form.addEventListener("submit", () => { // or browsers would remember it
      for (const input of secrets) input.type = "password";
    });
  }

  // The state of a sign-in by code.
  const live = document.getElementById("live");
  if (live) {
    const say = (text) => { if (live.textContent !== text) live.textContent = text; };
    const look = async () => {
      let state;
      try {
        const answer = await fetch(live.dataset.state, { headers: { Accept: "application/json" }, cache: "no-store" });
        if (answer.ok || answer.status === 401) state = await answer.json();
      } catch {
        say("The server does not answer. Trying again …");
      }
      if (!state || state.status === live.dataset.status) {
        if (state) say(state.message);
        setTimeout(look, 3000);
        return;
      }
      say(state.message);
      if (state.status !== "signed_out") setTimeout(() => location.replace(live.dataset.page), 1200);
    };
    setTimeout(look, 3000);
  }
})();
