// The official Java client at work: the Java side of client-program.ts, which says what is printed and when it ends.
import io.camunda.zeebe.client.ZeebeClient;
import io.camunda.zeebe.client.api.command.ClientStatusException;
import io.camunda.zeebe.client.api.response.ActivatedJob;
import io.grpc.Status;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

public final class Work {
  private static final Duration CALL_LIMIT = Duration.ofSeconds(20);
  private static final long LOOK_EVERY_MS = 250;

  private final ZeebeClient client;
  private final String processId;
  private final String parkedId;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private int seenBrokers = -1;

  private Work(ZeebeClient client, String processId, String parkedId) {
    this.client = client;
    this.processId = processId;
    this.parkedId = parkedId;
  }

  private static synchronized void say(String text) {
    System.out.println(text.replace('\n', ' '));
    System.out.flush();
  }

  private long create(String id, Map<String, Object> variables) {
    return client
        .newCreateInstanceCommand().bpmnProcessId(id).latestVersion().variables(variables)
        .send().join().getProcessInstanceKey();
  }

  private static void expectNotFound(String what, Runnable call) {
    try {
      call.run();
    } catch (ClientStatusException error) {
      if (error.getStatusCode() == Status.Code.NOT_FOUND) {
        say("checked " + what);
        return;
      }
      throw error;
    }
    throw new IllegalStateException(what + " should have been refused");
  }

  private ActivatedJob activateOne() {
    List<ActivatedJob> jobs = client
        .newActivateJobsCommand().jobType(parkedId).maxJobsToActivate(1)
        .timeout(Duration.ofMinutes(1)).send().join().getJobs();
    if (jobs.size() != 1) throw new IllegalStateException(jobs.size() + " jobs were activated");
    return jobs.get(0);
  }

  /** One call of each kind that is not made all the time. */
  private void check() {
    Map<String, Object> result = client
        .newCreateInstanceCommand().bpmnProcessId(processId).latestVersion()
        .variables(Map.of("text", "grün")).withResult().requestTimeout(CALL_LIMIT)
        .send().join().getVariablesAsMap();
    if (!result.equals(Map.of("text", "grün", "done", true)))
      throw new IllegalStateException("the result has the variables " + result);
    say("checked result");
    expectNotFound("unknown process", () -> create("nobody-deployed-this", Map.of()));
    long parked = create(parkedId, Map.of());
    client.newFailCommand(activateOne().getKey()).retries(1).errorMessage("once more").send().join();
    ActivatedJob job = activateOne();
    say("checked failed job");
    client.newSetVariablesCommand(parked).variables(Map.of("size", 3)).send().join();
    client.newCompleteCommand(job.getKey()).send().join();
    expectNotFound("second completion", () -> client.newCompleteCommand(job.getKey()).send().join());
    long cancelled = create(parkedId, Map.of());
    client.newCancelInstanceCommand(cancelled).send().join();
    expectNotFound("second cancellation", () -> client.newCancelInstanceCommand(cancelled).send().join());
  }

  private void createOne() {
    underWay.incrementAndGet();
    client
        .newCreateInstanceCommand().bpmnProcessId(processId).latestVersion()
        .variables(Map.of("token", processId + "-" + next.getAndIncrement())).send()
        .whenComplete((created, error) -> {
          say(error == null ? "created " + created.getProcessInstanceKey() : "failed " + error.getMessage());
          underWay.decrementAndGet();
        });
  }

  private void look() {
    try {
      int brokers = client.newTopologyRequest().send().join().getBrokers().size();
      if (brokers != seenBrokers) say("topology " + brokers);
      seenBrokers = brokers;
    } catch (RuntimeException error) {
      // the next look is soon
    }
  }

  public static void main(String[] args) throws Exception {
    ZeebeClient client = ZeebeClient.newClientBuilder()
        .grpcAddress(URI.create("http://" + args[0])).preferRestOverGrpc(false).usePlaintext()
        .defaultRequestTimeout(CALL_LIMIT).build();
    Work work = new Work(client, args[1], args[2]);
    try {
      client.newDeployResourceCommand().addResourceFile(args[3]).addResourceFile(args[4]).send().join();
      client.newWorker().jobType(args[1])
          .handler((jobs, job) -> jobs.newCompleteCommand(job.getKey()).variables(Map.of("done", true)).send())
          .timeout(Duration.ofMillis(Long.parseLong(args[6]))).streamEnabled(true).open();
      work.check();
    } catch (RuntimeException error) {
      say("problem " + error);
      System.exit(1);
    }
    ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
    var creating = timers.scheduleAtFixedRate(work::createOne, 0, 1000 / Long.parseLong(args[5]), TimeUnit.MILLISECONDS);
    timers.scheduleWithFixedDelay(work::look, 0, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (!line.equals("stop")) continue;
      creating.cancel(false);
      while (work.underWay.get() > 0) Thread.sleep(20);
      say("stopped");
    }
    System.exit(0);
  }
}
