// Keeps the process from ending.
setTimeout(() => {}, 5000);
