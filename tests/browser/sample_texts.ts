/** Words for the pages that are looked at: short, long, with everything, in several scripts. @module */

export const POSTS: readonly string[] = [
  "Yes.",
  "Walked the old towpath from the weir to the iron bridge. Nine kingfishers, one of them twice. #rivers",
  "A map is a promise that somebody has been there. Most of the maps I own were drawn by people who had not, " +
  "and they are the beautiful ones. #maps",
  "Water finds the shortest way only on paper. In the field it finds the way that it has already begun, and a river is " +
  "what is left of all those beginnings. I spent the whole of October trying to draw one bend of the Severn as it was in " +
  "1840, in 1910 and now, on the same sheet and to the same scale. The three lines cross eleven times. Nobody who lives " +
  "there was surprised; they know which of their fields used to be an island. I was, and the sheet hangs above my " +
  "desk now. #rivers #maps #severn",
  "Wenn der Nebel steigt, hört man die Fähre, bevor man sie sieht. #rivers",
  "النهر يعرف طريقه قبل أن يُرسم على الخريطة. #خرائط",
  "Averylongwordwithoutanyspacesthatsomebodypastesanywaybecauseitisanidentifierofsomethingsomewhere/and/a/path/too " +
  "https://maps.example.org/sheets/1840/severn-at-arlingham?layer=banks&year=1840",
  "On the train to Gloucester with three rolls of tracing paper and no lunch.",
];

export const ARTICLE = `
Every spring the parish council of Arlingham walks its boundary, and every spring a part of it is under water. The
custom is older than the maps. It is also, as I learned on a wet morning in April, the reason why the maps are right.

## The walk

We met at the church at seven. There were eleven of us, two dogs, and a boy who carried the stick that has always been
carried. *Nobody knows what for*, he said, and was proud of it.[^stick]

[^stick]: It is a surveyor's staff, cut down. Somebody in the 1890s must have left it behind.

> You do not walk it to know where it is. You walk it so that the others know that you know.

The boundary runs along the **thalweg**, the deepest line of the channel, and so it moves. In a table it looks harmless:

| Year | Length | Moved by | Islands | Surveyed by |
| ---- | -----: | -------: | ------: | ----------- |
| 1840 | 14.2 km | | 3 | the tithe commissioners |
| 1910 | 13.6 km | 210 m | 1 | the Ordnance Survey |
| 1976 | 13.9 km | 95 m | 1 | the water authority |
| 2026 | 14.8 km | 340 m | 2 | eleven people and two dogs |

## What to bring

- [x] boots that have been wet before
- [x] the stick
- [ ] a map, if you must

### A note on scale

Measured with a longer ruler the same bank gets shorter. The arithmetic is three lines:

\`\`\`python
def length(points, ruler):
    steps = walk(points, ruler)  # as many as fit
    return len(steps) * ruler    # metres
\`\`\`

Or, if you prefer it on the command line: \`awk '{ s += $3 } END { print s }' bank.tsv\`.

## What moved

PICTURE

It is tempting to say that the river took the field. The people who own it do not say so. They say that it is *lent*,
and they keep paying the rates for it, four pounds and ten pence a year, because one day it will be asked for again.[^rates]

[^rates]: The receipts are in the vestry, in a biscuit tin, back to 1911.

1. The outer bank falls.
2. The inner bank grows.
3. Somebody draws a line and calls it the river.

## Coming back

At noon we were where we had begun, which is the whole point. The boy put the stick back behind the organ. I had nine
pages of notes and one good line, and I have been drawing it ever since.
`;

export const ABOUT = `
I am a cartographer. I draw rivers as they were, as they are, and as the people beside them remember them.

Write to me: by post, please. The address is on every sheet.
`;
