/* A reader's own time zone, chosen beforehand where they have not chosen one:
   <select name="zone" data-own-zone>…<option value="Europe/Oslo">…</select> */
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const select of document.querySelectorAll("[data-own-zone]")) {
  const option = [...select.options].find((one) => one.value === own);
  if (option && select.selectedIndex === 0) option.selected = true;
}
