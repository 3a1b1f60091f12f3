// Onward once every frame has loaded, or after a while. Without this file: the link, and the answer's Refresh.
"use strict";

const onward = () => location.replace(document.getElementById("onward").href);
addEventListener("load", onward);
setTimeout(onward, 3000);
