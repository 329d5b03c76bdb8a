/** Everything was deleted on the server: the copies in this browser go too. */

import { forgetAll } from "./clipstore.js";

forgetAll();
