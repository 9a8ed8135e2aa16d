/* A reader's own time zone, chosen beforehand where they have not chosen one:
   <select name="zone" data-own-zone>…<option value="Europe/Oslo">…</select> */
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const select of document.querySelectorAll("[data-own-zone]")) {
  if (!own?.includes("/") || select.selectedIndex !== 0) continue;
  const known = [...select.options].find((one) => one.value === own);
  const option = known ?? select.appendChild(new Option(own.replaceAll("_", " "), own)); // a name that the list has otherwise
  option.selected = true;
}
