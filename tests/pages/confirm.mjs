// A manager opens the link of a reminder on a phone and presses its one button; a second look says that it is done.

import { assertAccessible, journey, tab, told } from "./browser.mjs";
import { mailedLink } from "./mailbox.mjs";

await journey(async () => {
  const { link } = await mailedLink(told.mail, `/confirm/${told.id}.`);
  const page = await tab({ viewport: { width: 375, height: 800 } });
  await page.goto(link);
  await assertAccessible(page);
  await page.getByRole("button", { name: "Nothing has changed" }).click();
  await page.getByRole("alert").getByText("Confirmed").waitFor();
  await assertAccessible(page);
});
